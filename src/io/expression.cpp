#include "io/expression.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/lines.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kLongestName = 1000;  // std::regex recurses over the text

bool is_expression(const std::string& text) {
  try {
    return std::regex(text).mark_count() + 1 > 0;
  } catch (const std::regex_error&) {
    return false;
  }
}

/// Number of letters up to which the text is a valid expression.
std::size_t valid_letters(const std::string& text) {
  std::size_t n = text.size();
  while (n > 0 && !is_expression(text.substr(0, n))) --n;
  return n;
}

std::regex compiled(const std::string& text, std::string_view option) {
  try {
    return std::regex(text, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    const std::size_t n = valid_letters(text);
    throw ConfigError({.place = fmt::format("{} '{}'", option, shown(text)),
                       .found = fmt::format("is no regular expression from letter {} on ('{}'): {}", n + 1,
                                            shown(text.substr(n)), error.what())},
                      "brackets come in pairs; a letter such as ( [ * + ? . stands for itself behind a backslash");
  }
}

}  // namespace

Expression::Expression(const std::string& text, std::string_view option) : text_(text), regex_(compiled(text, option)) {
  if (regex_.mark_count() == 0)
    throw ConfigError({.place = fmt::format("{} '{}'", option, shown(text)),
                       .found = "has no group",
                       .expected = "one around what is to be compared"},
                      fmt::format("put it in parentheses: '({})'", text));
}

std::optional<std::string_view> Expression::first_group(std::string_view name) const {
  std::match_results<std::string_view::const_iterator> found;
  if (name.size() > kLongestName || !std::regex_search(name.begin(), name.end(), found, regex_) || found.length(1) == 0)
    return std::nullopt;
  return name.substr(static_cast<std::size_t>(found.position(1)), static_cast<std::size_t>(found.length(1)));
}

}  // namespace gracevae::impl
