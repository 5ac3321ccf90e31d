#pragma once
/// @file Records of separated fields (CSV, TSV), plain or gzip. Only for src/io.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "io/lines.hpp"

namespace gracevae::impl {

/// Reads records of fields by RFC 4180: a field that begins with " goes to the next single ", with "" for "; it may
/// hold separators and line ends. Quotes inside other fields are ordinary characters. Blank lines are skipped.
/// @throws InputError text behind a closing quote, a quote that is never closed, each with the line; and as ByteReader.
class DelimitedReader {
 public:
  /// `separator` 0: taken from the first line: a tab if there is one, else comma or semicolon, whichever is more
  /// frequent outside quotes.
  explicit DelimitedReader(const std::filesystem::path& path, char separator = 0)
      : lines_(path), separator_(separator) {}

  /// The next record; the fields are valid until the next call. False at the end of the file.
  bool next(std::vector<std::string_view>& fields);
  /// Where the record begins, from 1.
  std::int64_t line() const { return line_; }
  /// "a.csv line 12"
  std::string place() const { return line_place(lines_.path(), line_); }
  /// 0 until a line has one.
  char separator() const { return separator_; }

 private:
  enum class Position { field_start, plain, quoted, after_quote };
  void consume(std::string_view line);
  void end_field();

  LineReader lines_;
  char separator_;
  std::int64_t line_ = 0;
  // A record with quotes, unescaped: its concatenated fields, and where each ends.
  std::string text_;
  std::vector<std::size_t> ends_;
  Position position_ = Position::field_start;
};

/// "a tab", "a comma": how messages name a separator.
std::string separator_name(char separator);

/// Reads a whole field as a number: 3, -0.5, +1e-3, also inf and nan. False for anything else.
bool parse_number(std::string_view text, double& value);

/// The same for a number with a decimal comma: 0,5 and -1,25e-3. False without a comma, with two or with a point.
bool parse_decimal_comma(std::string_view text, double& value);

/// Whether the comma of a number that parse_decimal_comma reads could separate thousands: 1,234 but not 0,123 or 1,25.
bool may_be_thousands(std::string_view text);

/// Whether a field stands for a missing value: empty, NA, NaN.
bool is_gap(std::string_view text);

}  // namespace gracevae::impl
