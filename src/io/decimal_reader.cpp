#include "io/decimal_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/delimited.hpp"

namespace gracevae::impl {

std::string DecimalReader::place(const Seen& seen) const {
  return fmt::format("{} column {}", line_place(path_, seen.line), seen.column + 1);
}

void DecimalReader::see(Seen& kind, const Seen& other_kind, std::string_view field, std::int64_t line,
                        std::size_t column) const {
  if (kind.line == 0) kind = {std::string(field), line, column};
  if (other_kind.line > 0)
    throw InputError({.place = place({"", line, column}),
                      .found =
                          fmt::format("'{}', but '{}' in line {}: expected decimal points or decimal commas, not both",
                                      shown(field), shown(other_kind.field), other_kind.line)},
                     "write all numbers with a decimal point and without signs between thousands");
}

bool DecimalReader::read(std::string_view field, std::int64_t line, std::size_t column, float& value) {
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  bool found = error == std::errc{} && end == field.data() + field.size();
  if (!found) {
    field = trim(field);
    double wide = 0;
    found = parse_number(field, wide);
    const bool comma = !found && parse_decimal_comma(field, wide);
    value = static_cast<float>(wide);
    if (comma && std::isfinite(value)) {
      see(comma_, point_, field, line, column);
      if (decimal_.line == 0 && !may_be_thousands(field)) decimal_ = {std::string(field), line, column};
      return true;
    }
  }
  if (!found || !std::isfinite(value)) return false;
  if ((point_.line == 0 || comma_.line > 0) && field.find('.') != field.npos) see(point_, comma_, field, line, column);
  return true;
}

void DecimalReader::check() const {
  if (comma_.line == 0) return;
  if (decimal_.line == 0)
    throw InputError({.place = place(comma_),
                      .found = fmt::format("'{}' may be a decimal number or thousands, as may all others with a comma",
                                           shown(comma_.field))},
                     "write decimal numbers with a point, or leave out the signs between thousands");
  log::info("{}: numbers have decimal commas, such as '{}' in line {}", path_.string(), shown(decimal_.field),
            decimal_.line);
}

}  // namespace gracevae::impl
