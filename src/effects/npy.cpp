#include "effects/npy.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/lines.hpp"

namespace gracevae::impl {

namespace {

/// What stands behind 'key': in the header's dictionary, up to `end`.
std::string_view value_of(std::string_view header, std::string_view key, char end) {
  const std::size_t begin = header.find(key);
  if (begin == std::string_view::npos) return {};
  const std::size_t from = begin + key.size();
  return header.substr(from, header.find(end, from) - from);
}

template <class T>
void copy_values(std::string_view bytes, Matrix<double>& values) {
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values.values[i] = static_cast<double>(value);
  }
}

}  // namespace

NamedRows read_npy(const std::filesystem::path& path) {
  require_readable_file(path, "embedding");
  const std::string text = read_text(path);
  const auto refuse = [&](const std::string& found) {
    throw InputError({.place = path.string(),
                      .found = found,
                      .expected = "a .npy of two dimensions, float32 or float64, little-endian, in C order"},
                     "numpy.save(FILE, numpy.ascontiguousarray(x, dtype='<f4'))");
  };
  if (!text.starts_with("\x93NUMPY") || text.size() < 12) refuse("no .npy");
  // Versions from 2 on have four bytes for the header's length, the first two.
  const std::size_t n_length = text[6] == 1 ? 2 : 4;
  std::size_t length = 0;
  for (std::size_t i = 0; i < n_length; ++i) length |= std::size_t{static_cast<unsigned char>(text[8 + i])} << (8 * i);
  const std::size_t begin = 8 + n_length;
  if (begin + length > text.size()) refuse("a truncated header");
  const std::string_view header = std::string_view(text).substr(begin, length),
                         bytes = std::string_view(text).substr(begin + length);
  const std::string_view type = value_of(header, "'descr': '", '\''),
                         order = value_of(header, "'fortran_order': ", ','),
                         shape = value_of(header, "'shape': (", ')');
  std::vector<std::int64_t> sizes;
  for (const std::string_view part : split(shape, ',')) {
    std::int64_t size = 0;
    const std::string_view word = trim(part);
    if (word.empty()) continue;
    if (std::from_chars(word.data(), word.data() + word.size(), size).ec != std::errc{}) refuse("a shape that is none");
    sizes.push_back(size);
  }
  if (sizes.size() != 2 || order != "False" || (type != "<f4" && type != "<f8") ||
      std::endian::native != std::endian::little)
    refuse(fmt::format("type {}, shape ({}), Fortran order {}", type, shape, order));
  const std::size_t width = type == "<f4" ? 4 : 8;
  if (sizes[0] < 0 || sizes[1] < 0 || bytes.size() != static_cast<std::size_t>(sizes[0] * sizes[1]) * width)
    refuse(fmt::format("{} bytes of values for shape ({})", bytes.size(), shape));
  NamedRows rows;
  rows.values = Matrix<double>(sizes[0], sizes[1]);
  if (width == 4)
    copy_values<float>(bytes, rows.values);
  else
    copy_values<double>(bytes, rows.values);
  for (const double value : rows.values.values)
    if (!std::isfinite(value)) refuse("a value that is not finite");

  const std::filesystem::path names = path.string() + ".txt";
  require_readable_file(names, "names of the rows of a .npy");
  for_each_line(names, [&](std::string_view line, std::int64_t) {
    if (!trim(line).empty()) rows.names.emplace_back(trim(line));
  });
  if (std::ssize(rows.names) != sizes[0])
    throw InputError({.place = names.string(),
                      .found = fmt::format("{} names", rows.names.size()),
                      .expected = fmt::format("{}, one a row of {}", sizes[0], path.filename().string())});
  for (std::int64_t j = 0; j < sizes[1]; ++j) rows.columns.push_back(std::to_string(j));
  return rows;
}

}  // namespace gracevae::impl
