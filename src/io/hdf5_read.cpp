// Reading numbers and strings.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

namespace {

constexpr std::int64_t kPieceBytes = 8 << 20;        // converted at once
constexpr std::int64_t kMostPieceBytes = 256 << 20;  // if a whole chunk is that large
constexpr std::int64_t kMostCacheBytes = 64 << 20;   // chunk cache of a data set that is read in parts

template <class T>
const char* type_name() {
  if constexpr (std::is_same_v<T, float>)
    return "a float32";
  else if constexpr (std::is_same_v<T, double>)
    return "a float64";
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return "a whole number of 32 bits";
  else
    return "a whole number of 64 bits";
}

void require_numbers(const Array& array) {
  if (!is_number(array.info.kind))
    throw InputError(
        {.place = array.place, .found = fmt::format("holds {}", kind_name(array.info.kind)), .expected = "numbers"});
}

/// Reads rows [first, first + count) of the first axis unconverted, or a scalar.
void read_stored(const Array& data, std::int64_t first, std::int64_t count, void* out) {
  const auto rank = data.info.shape.size();
  if (rank == 1 && read_chunks(data, first, count, static_cast<unsigned char*>(out))) return;
  Id memory_space = scalar_space();
  if (rank > 0) {
    std::vector<hsize_t> start(rank, 0), extent(data.info.shape.begin(), data.info.shape.end());
    start[0] = static_cast<hsize_t>(first);
    extent[0] = static_cast<hsize_t>(count);
    memory_space = make_space(extent);
    if (H5Sselect_hyperslab(data.space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr) < 0)
      throw_unreadable(data.place);
  }
  const Id type(H5Tcopy(data.type.get()), H5Tclose);
  if (H5Dread(data.id.get(), type.get(), memory_space.get(), data.space.get(), H5P_DEFAULT, out) < 0)
    throw_unreadable(data.place);
}

/// Values of one row of the first axis.
std::int64_t row_size(const DatasetInfo& info) {
  return info.shape.empty() ? 1 : product({info.shape.begin() + 1, info.shape.end()});
}

/// Rows converted at once: some megabytes, or a whole chunk if memory allows.
std::int64_t piece_rows(const DatasetInfo& info, std::int64_t row_bytes) {
  const std::int64_t rows = std::max<std::int64_t>(kPieceBytes / std::max<std::int64_t>(row_bytes, 1), 1);
  return product(info.chunk_rows, row_bytes) <= kMostPieceBytes ? std::max(rows, info.chunk_rows) : rows;
}

/// Reads rows [first, first + count) of the first axis, converted to T, in pieces that end where chunks do.
template <class T>
void read_converted(const Array& data, std::int64_t first, std::int64_t count, T* out) {
  const NumberFormat format = number_format(data.type.get());
  if (is_same<T>(format)) return read_stored(data, first, count, out);
  const std::int64_t row = row_size(data.info), chunk = data.info.chunk_rows, end = first + count;
  const std::int64_t most = piece_rows(data.info, row * static_cast<std::int64_t>(format.bytes));
  std::vector<unsigned char> piece;
  for (std::int64_t at = first; at < end;) {
    const std::int64_t aligned = (at + most) / chunk * chunk;
    const std::int64_t next = std::min(end, aligned > at ? aligned : at + most);
    const auto n_values = static_cast<std::size_t>((next - at) * row);
    piece.resize(n_values * format.bytes);
    read_stored(data, at, next - at, piece.data());
    if (!convert_numbers({piece.data(), n_values, format.bytes, format}, out + (at - first) * row))
      throw_misfit<T>(data.place);
    at = next;
  }
}

template <class T>
std::vector<T> read_numbers(const Opened& file, const std::string& node) {
  const Array data = open_dataset(file, node);
  require_numbers(data);
  check_readable(file, data);
  std::vector<T> values(static_cast<std::size_t>(data.info.size()));
  if (!values.empty()) read_converted(data, 0, data.info.shape.empty() ? 1 : data.info.shape[0], values.data());
  return values;
}

/// A data set of numbers that is read in parts: checked once and kept open with its chunks, so that a chunk shared by
/// two parts is decompressed once.
const Array& kept_open(const Opened& file, const std::string& node) {
  const auto found = file.kept_open.find(node);
  if (found != file.kept_open.end()) return found->second;
  Array data = open_dataset(file, node);
  require_numbers(data);
  check_readable(file, data);
  const Id creation(H5Dget_create_plist(data.id.get()), H5Pclose), access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  const auto chunk_bytes = product(product(chunk_shape(data, creation.get())), element_bytes(file, data));
  const auto cache_bytes = std::clamp<std::int64_t>(product(2, chunk_bytes), 1 << 20, kMostCacheBytes);
  H5Pset_chunk_cache(access.get(), H5D_CHUNK_CACHE_NSLOTS_DEFAULT, static_cast<std::size_t>(cache_bytes), 1.0);
  data.id = Id(H5Dopen2(file.id.get(), node.c_str(), access.get()), H5Dclose);
  if (!data.id) throw_unreadable(data.place);
  return file.kept_open.emplace(node, std::move(data)).first->second;
}

template <class T>
std::vector<T> read_range(const Opened& file, const std::string& node, std::int64_t first, std::int64_t count,
                          std::size_t rank) {
  const Array& data = kept_open(file, node);
  if (data.info.shape.size() != rank)
    throw InputError({.place = data.place,
                      .found = fmt::format("has {} dimensions", data.info.shape.size()),
                      .expected = std::to_string(rank)});
  GRACEVAE_CHECK(first >= 0 && count >= 0 && first <= data.info.shape[0] - count, "range beyond the data set");
  std::vector<T> values(static_cast<std::size_t>(count * row_size(data.info)));
  if (!values.empty()) read_converted(data, first, count, values.data());
  return values;
}

/// Reads all strings of an array; `read(type, buffer)` is H5Dread or H5Aread.
template <class Read>
std::vector<std::string> read_all_strings(const Opened& file, const Array& array, Read&& read) {
  if (array.info.kind != ValueKind::string)
    throw InputError(
        {.place = array.place, .found = fmt::format("holds {}", kind_name(array.info.kind)), .expected = "strings"});
  const auto count = static_cast<std::size_t>(array.info.size());
  if (count == 0) return {};
  const bool variable = H5Tis_variable_str(array.type.get()) > 0;
  const std::int64_t size = element_bytes(file, array);
  const Id type = variable ? stored_type(size) : Id(H5Tcopy(array.type.get()), H5Tclose);
  std::vector<unsigned char> bytes(count * static_cast<std::size_t>(size));
  if (read(type.get(), bytes.data()) < 0) throw_unreadable(array.place);
  return variable ? file.heap->read(bytes, array.place) : split_fixed(bytes, array.type.get());
}

/// Reads columns [first, first + count) of a matrix unconverted.
void read_stored_columns(const Array& data, std::int64_t first, std::int64_t count, void* out) {
  const std::vector<hsize_t> start{0, static_cast<hsize_t>(first)},
      extent{static_cast<hsize_t>(data.info.shape[0]), static_cast<hsize_t>(count)};
  if (H5Sselect_hyperslab(data.space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr) < 0)
    throw_unreadable(data.place);
  const Id type(H5Tcopy(data.type.get()), H5Tclose);
  if (H5Dread(data.id.get(), type.get(), make_space(extent).get(), data.space.get(), H5P_DEFAULT, out) < 0)
    throw_unreadable(data.place);
}

}  // namespace

template <class T>
void throw_misfit(const std::string& place) {
  throw InputError({.place = place, .found = fmt::format("holds a value that does not fit in {}", type_name<T>())});
}
template void throw_misfit<float>(const std::string&);
template void throw_misfit<double>(const std::string&);
template void throw_misfit<std::int32_t>(const std::string&);
template void throw_misfit<std::int64_t>(const std::string&);

std::vector<std::string> split_fixed(std::span<const unsigned char> bytes, hid_t type) {
  const std::size_t size = H5Tget_size(type);
  const bool space_padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  std::vector<std::string> strings;
  strings.reserve(bytes.size() / size);
  for (std::size_t start = 0; start + size <= bytes.size(); start += size) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()) + start, size);
    text = text.substr(0, text.find('\0'));
    if (space_padded) text = text.substr(0, text.find_last_not_of(' ') + 1);
    strings.emplace_back(text);
  }
  return strings;
}

std::vector<std::string> read_attribute_strings(const Opened& file, const Array& attribute) {
  return read_all_strings(file, attribute,
                          [&](hid_t type, void* buffer) { return H5Aread(attribute.id.get(), type, buffer); });
}

std::vector<double> File::read_doubles(const std::string& dataset) const {
  return read_numbers<double>(*handle_, dataset);
}
std::vector<float> File::read_floats(const std::string& dataset) const {
  return read_numbers<float>(*handle_, dataset);
}
std::vector<std::int64_t> File::read_integers(const std::string& dataset) const {
  return read_numbers<std::int64_t>(*handle_, dataset);
}
std::vector<std::int32_t> File::read_integers32(const std::string& dataset) const {
  return read_numbers<std::int32_t>(*handle_, dataset);
}

std::vector<std::string> File::read_strings(const std::string& dataset) const {
  const Array data = open_dataset(*handle_, dataset);
  check_readable(*handle_, data);
  return read_all_strings(*handle_, data, [&](hid_t type, void* buffer) {
    return H5Dread(data.id.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  });
}

std::vector<float> File::read_floats(const std::string& dataset, std::int64_t first, std::int64_t count) const {
  return read_range<float>(*handle_, dataset, first, count, 1);
}
std::vector<std::int64_t> File::read_integers(const std::string& dataset, std::int64_t first,
                                              std::int64_t count) const {
  return read_range<std::int64_t>(*handle_, dataset, first, count, 1);
}
std::vector<std::int32_t> File::read_integers32(const std::string& dataset, std::int64_t first,
                                                std::int64_t count) const {
  return read_range<std::int32_t>(*handle_, dataset, first, count, 1);
}
std::vector<float> File::read_float_rows(const std::string& dataset, std::int64_t first_row,
                                         std::int64_t n_rows) const {
  return read_range<float>(*handle_, dataset, first_row, n_rows, 2);
}
std::vector<float> File::read_float_columns(const std::string& dataset, std::int64_t first,
                                            std::int64_t n_columns) const {
  const Array& data = kept_open(*handle_, dataset);
  GRACEVAE_CHECK(data.info.shape.size() == 2 && first >= 0 && n_columns >= 0 && first <= data.info.shape[1] - n_columns,
                 "columns of a matrix");
  std::vector<float> values(static_cast<std::size_t>(data.info.shape[0] * n_columns));
  if (values.empty()) return values;
  const NumberFormat format = number_format(data.type.get());
  if (is_same<float>(format)) {
    read_stored_columns(data, first, n_columns, values.data());
    return values;
  }
  std::vector<unsigned char> stored(values.size() * format.bytes);
  read_stored_columns(data, first, n_columns, stored.data());
  if (!convert_numbers({stored.data(), values.size(), format.bytes, format}, values.data()))
    throw_misfit<float>(data.place);
  return values;
}

}  // namespace gracevae::impl::hdf5
