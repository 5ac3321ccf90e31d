#pragma once
/// @file What an action threw, checked by its parts and not by its wording.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gracevae/errors.hpp>

namespace gracevae::impl {

/// An error of the library in its parts. It reads as a text, too, where the words are what is tested.
struct Thrown {
  std::optional<ErrorCode> code;  ///< none: nothing was thrown, or nothing of the library
  std::string place, found, expected, hint;

  operator std::string() const {  // NOLINT(google-explicit-constructor)
    return Fault{place, found, expected}.text() + (hint.empty() ? "" : "\n  hint: " + hint);
  }
  friend std::ostream& operator<<(std::ostream& out, const Thrown& thrown) { return out << std::string(thrown); }
};

inline Thrown parts_of(const Error& error) {
  return {error.code(), error.place(), error.found(), error.expected(), error.hint()};
}

/// The E that `action` throws; a test failure when it throws nothing or another type.
template <class E, class Action>
Thrown message_of(Action&& action) {
  try {
    action();
  } catch (const E& error) {
    return parts_of(error);
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another kind of error: " << error.what();
    return {};
  }
  ADD_FAILURE() << "no error";
  return {};
}

/// Whether a text holds another that no letter or digit goes on.
inline bool holds_words(std::string_view text, std::string_view words) {
  const auto goes_on = [](char a, char b) {
    return std::isalnum(static_cast<unsigned char>(a)) != 0 && std::isalnum(static_cast<unsigned char>(b)) != 0;
  };
  if (words.empty()) return true;
  for (std::size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
    const std::size_t end = at + words.size();
    if ((at == 0 || !goes_on(text[at - 1], words.front())) && (end == text.size() || !goes_on(words.back(), text[end])))
      return true;
  }
  return false;
}

/// Matches an error at a place ("matrix.mtx line 4", or its last words; "": anywhere) that names these values: in what
/// it found or expected, its hint or the rest of its place.
class AtMatcher {
 public:
  using is_gtest_matcher = void;
  AtMatcher(std::string place, std::vector<std::string> values)
      : place_(std::move(place)), values_(std::move(values)) {}

  bool MatchAndExplain(const Thrown& thrown, std::ostream* why) const {
    if (!thrown.code) {
      if (why) *why << "no error";
      return false;
    }
    if (!holds_words(thrown.place, place_)) {
      if (why) *why << "its place is '" << thrown.place << "'";
      return false;
    }
    const auto missing = std::find_if(values_.begin(), values_.end(), [&](const std::string& value) {
      return !holds_words(thrown.place, value) && !holds_words(thrown.found, value) &&
             !holds_words(thrown.expected, value) && !holds_words(thrown.hint, value);
    });
    if (missing != values_.end() && why) *why << "it does not name " << *missing;
    return missing == values_.end();
  }
  void DescribeTo(std::ostream* out) const {
    *out << "is an error" << (place_.empty() ? "" : " at " + place_);
    for (std::size_t i = 0; i < values_.size(); ++i) *out << (i == 0 ? " that names " : ", ") << values_[i];
  }
  void DescribeNegationTo(std::ostream* out) const {
    *out << "not: ";
    DescribeTo(out);
  }

 private:
  std::string place_;
  std::vector<std::string> values_;
};

template <class... Values>
AtMatcher At(std::string place, Values&&... values) {
  return {std::move(place), {std::string(std::forward<Values>(values))...}};
}

/// Matches an error of this code.
inline auto OfCode(ErrorCode code) { return testing::Field("code", &Thrown::code, testing::Optional(code)); }

/// Matches an error that says a way out.
inline auto HasHint() { return testing::Field("hint", &Thrown::hint, testing::Not(testing::IsEmpty())); }

}  // namespace gracevae::impl
