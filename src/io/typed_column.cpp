#include "io/typed_column.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <numeric>

#include "io/delimited.hpp"

namespace gracevae::impl {

namespace {

/// A whole number in its usual form.
bool parse_whole(std::string_view text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool has_leading_zero(std::string_view text) {
  return text.size() > 1 && text[0] == '0' && std::isdigit(static_cast<unsigned char>(text[1]));
}

/// The kind of values in a column.
struct Content {
  bool whole = true;    ///< every value is a whole number, none is missing
  bool number = false;  ///< every value is a number, at least one is present
};

Content content_of(const std::vector<std::string>& texts) {
  Content content;
  bool point = false, comma = false, surely_decimal = false;
  std::int64_t whole_value = 0;
  double value = 0;
  for (const auto& text : texts) {
    const bool gap = is_gap(text);
    content.whole = content.whole && !gap && parse_whole(text, whole_value);
    if (gap) continue;
    const bool with_comma = !parse_number(text, value);
    content.number = !has_leading_zero(text) && (!with_comma || parse_decimal_comma(text, value));
    if (!content.number) break;
    comma |= with_comma;
    surely_decimal |= with_comma && !may_be_thousands(text);
    point |= text.find('.') != text.npos;
  }
  if (comma && (point || !surely_decimal)) content.number = false;
  return content;
}

}  // namespace

Column typed_column(const std::vector<std::string>& texts, std::span<const std::int64_t> rows) {
  const auto gather = [&]<class T>(T missing, const auto& value_of) {
    std::vector<T> values;
    values.reserve(rows.size());
    for (const std::int64_t row : rows)
      values.push_back(row < 0 ? missing : value_of(texts[static_cast<std::size_t>(row)]));
    return values;
  };
  const Content content = content_of(texts);
  if (!content.number) return gather(std::string(), [](const std::string& text) { return text; });
  if (content.whole && std::find(rows.begin(), rows.end(), -1) == rows.end())
    return gather(std::int64_t{0}, [](const std::string& text) {
      std::int64_t result = 0;
      parse_whole(text, result);
      return result;
    });
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  return gather(kMissing, [](const std::string& text) {
    double result = kMissing;
    const bool number = !is_gap(text) && (parse_number(text, result) || parse_decimal_comma(text, result));
    return number ? result : kMissing;
  });
}

Column typed_column(const std::vector<std::string>& texts) {
  std::vector<std::int64_t> rows(texts.size());
  std::iota(rows.begin(), rows.end(), 0);
  return typed_column(texts, rows);
}

}  // namespace gracevae::impl
