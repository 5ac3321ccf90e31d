#include "io/delimited.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

constexpr int kMostLinesInRecord = 1000;

/// The separator of a line, 0 if it has none.
char separator_of(std::string_view line) {
  int n_commas = 0, n_semicolons = 0;
  bool tab = false, quoted = false;
  for (const char letter : line) {
    if (letter == '"') quoted = !quoted;
    if (quoted) continue;
    tab |= letter == '\t';
    n_commas += letter == ',';
    n_semicolons += letter == ';';
  }
  if (tab) return '\t';
  if (n_commas + n_semicolons == 0) return 0;
  return n_commas >= n_semicolons ? ',' : ';';
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \r") == std::string_view::npos; }

}  // namespace

void DelimitedReader::end_field() {
  ends_.push_back(text_.size());
  position_ = Position::field_start;
}

/// Adds one line of a record with quotes.
void DelimitedReader::consume(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char letter = line[i];
    if (position_ == Position::quoted) {
      if (letter != '"') {
        text_ += letter;
      } else if (i + 1 < line.size() && line[i + 1] == '"') {
        text_ += '"';
        ++i;
      } else {
        position_ = Position::after_quote;
      }
    } else if (letter == separator_) {
      end_field();
    } else if (position_ == Position::after_quote) {
      throw InputError({.place = line_place(lines_.path(), lines_.number()),
                        .found = fmt::format("'{}' follows the closing quote of field {}", shown(line.substr(i)),
                                             ends_.size() + 1),
                        .expected = fmt::format("{} or the end of the line", separator_name(separator_))},
                       "a quote inside a quoted field is written twice: \"\"");
    } else if (letter == '"' && position_ == Position::field_start) {
      position_ = Position::quoted;
    } else {
      text_ += letter;
      position_ = Position::plain;
    }
  }
}

bool DelimitedReader::next(std::vector<std::string_view>& fields) {
  fields.clear();
  std::string_view line;
  do
    if (!lines_.next(line)) return false;
  while (is_blank(line));
  line_ = lines_.number();
  if (separator_ == 0) separator_ = separator_of(line);
  if (line.find('"') == std::string_view::npos) {
    for (;;) {
      const std::size_t end = line.find(separator_);
      fields.push_back(line.substr(0, end));
      if (end == std::string_view::npos) return true;
      line.remove_prefix(end + 1);
    }
  }
  text_.clear();
  ends_.clear();
  position_ = Position::field_start;
  consume(line);
  while (position_ == Position::quoted) {
    text_ += '\n';
    if (lines_.number() - line_ >= kMostLinesInRecord || !lines_.next(line))
      throw InputError({.place = place(),
                        .found = fmt::format("the quote that opens field {} is not closed {}", ends_.size() + 1,
                                             lines_.number() - line_ >= kMostLinesInRecord
                                                 ? fmt::format("within {} lines", kMostLinesInRecord)
                                                 : "before the end of the file")},
                       "close it, or double a quote that belongs to the text");
    consume(line);
  }
  end_field();
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    fields.push_back(std::string_view(text_).substr(begin, ends_[i] - begin));
  }
  return true;
}

std::string separator_name(char separator) {
  switch (separator) {
    case '\t': return "a tab";
    case ',': return "a comma";
    case ';': return "a semicolon";
    default: return "a separator";
  }
}

bool parse_number(std::string_view text, double& value) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return false;
  // Too small or too large for double: 0 or infinity.
  if (error == std::errc::result_out_of_range) value = std::strtod(std::string(text).c_str(), nullptr);
  return true;
}

bool parse_decimal_comma(std::string_view text, double& value) {
  constexpr std::size_t kLongest = 64;
  const std::size_t comma = text.find(',');
  if (comma == text.npos || text.size() > kLongest || text.find('.') != text.npos) return false;
  std::string number(text);
  number[comma] = '.';
  return parse_number(number, value);
}

bool may_be_thousands(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const std::size_t comma = text.find(',');
  if (comma == text.npos || comma == 0 || comma > 3 || text.size() - comma != 4 || text[0] == '0') return false;
  return text.find_first_not_of("0123456789,") == text.npos;
}

bool is_gap(std::string_view text) {
  return text.empty() || text == "NA" || text == "NaN" || text == "nan" || text == "N/A";
}

}  // namespace gracevae::impl
