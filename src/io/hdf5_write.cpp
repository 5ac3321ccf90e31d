// Writing.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/error.hpp"
#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

namespace {

constexpr std::size_t kCompressFrom = 4096;   // bytes
constexpr std::size_t kChunkBytes = 1 << 20;  // HDF5's chunk cache holds one
constexpr int kDeflateLevel = 1;              // with shuffle before it: 4 % larger than level 4 and twice as fast

template <class T>
hid_t native_type() {
  if constexpr (std::is_same_v<T, float>)
    return H5T_NATIVE_FLOAT;
  else if constexpr (std::is_same_v<T, double>)
    return H5T_NATIVE_DOUBLE;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return H5T_NATIVE_INT8;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return H5T_NATIVE_INT32;
  else
    return H5T_NATIVE_INT64;
}

template <class T>
hid_t file_type() {
  if constexpr (std::is_same_v<T, float>)
    return H5T_IEEE_F32LE;
  else if constexpr (std::is_same_v<T, double>)
    return H5T_IEEE_F64LE;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return H5T_STD_I8LE;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return H5T_STD_I32LE;
  else
    return H5T_STD_I64LE;
}

template <class T>
std::vector<hsize_t> extents(std::span<const T> values, const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return {values.size()};
  GRACEVAE_CHECK(product(shape) == static_cast<std::int64_t>(values.size()), "shape and number of values differ");
  return {shape.begin(), shape.end()};
}

/// The type of values in the file and in memory.
struct Types {
  hid_t file, memory;
};

/// A node's attribute.
struct AttributeName {
  const std::string &node, &name;
};

void write_raw_attribute(const Opened& file, const AttributeName& at, const Types& types, const Id& space,
                         const void* values) {
  const Id attribute(H5Acreate_by_name(file.id.get(), at.node.c_str(), at.name.c_str(), types.file, space.get(),
                                       H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                     H5Aclose);
  const std::string place = fmt::format("{} attribute '{}'", file.place(at.node), at.name);
  if (!attribute) throw_unwritable(place);
  if (H5Sget_simple_extent_npoints(space.get()) == 0) return;
  if (H5Awrite(attribute.get(), types.memory, values) < 0) throw_unwritable(place);
}

Id link_creation() {
  Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  H5Pset_char_encoding(links.get(), H5T_CSET_UTF8);
  return links;
}

/// The extents and storage of a data set.
struct Layout {
  Id space, creation;
  DeflatedRows deflated = {};  ///< without rows: not in chunks, or in a single one
};

/// Without times, so that equal content gives equal files.
Layout plain_layout(Id space) {
  Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  return {std::move(space), std::move(creation), {}};
}

Layout scalar_layout() { return plain_layout(scalar_space()); }

/// Chunks of whole rows, shuffled and deflated, for lists above 4 KiB.
Layout list_layout(const std::vector<hsize_t>& shape, std::size_t element_bytes, bool compress) {
  Layout layout = plain_layout(make_space(shape));
  std::size_t row_bytes = element_bytes;
  for (std::size_t i = 1; i < shape.size(); ++i) row_bytes *= shape[i];
  if (!compress || shape[0] * row_bytes <= kCompressFrom) return layout;
  auto chunk = shape;
  chunk[0] = std::clamp<hsize_t>(kChunkBytes / row_bytes, 1, shape[0]);
  H5Pset_chunk(layout.creation.get(), static_cast<int>(chunk.size()), chunk.data());
  H5Pset_shuffle(layout.creation.get());
  H5Pset_deflate(layout.creation.get(), kDeflateLevel);
  if (chunk[0] < shape[0])
    layout.deflated = {shape[0], chunk[0], row_bytes, element_bytes, kDeflateLevel, static_cast<int>(shape.size())};
  return layout;
}

void write_raw(const Opened& file, const std::string& node, const Types& types, const Layout& layout,
               const void* values) {
  const Id links = link_creation();
  const Id data(H5Dcreate2(file.id.get(), node.c_str(), types.file, layout.space.get(), links.get(),
                           layout.creation.get(), H5P_DEFAULT),
                H5Dclose);
  if (!data) throw_unwritable(file.place(node));
  if (H5Sget_simple_extent_npoints(layout.space.get()) == 0) return;
  const bool good = layout.deflated.n_rows > 0 && H5Tequal(types.file, types.memory) > 0
                        ? write_chunks(data.get(), layout.deflated, static_cast<const unsigned char*>(values))
                        : H5Dwrite(data.get(), types.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
  if (!good) throw_unwritable(file.place(node));
}

template <class T>
void write_numbers(const Opened& file, const std::string& node, std::span<const T> values,
                   const std::vector<std::int64_t>& shape, bool compress) {
  const auto dims = extents(values, shape);
  write_raw(file, node, {file_type<T>(), native_type<T>()}, list_layout(dims, sizeof(T), compress), values.data());
}

template <class T>
void write_scalar(const Opened& file, const std::string& node, T value) {
  write_raw(file, node, {file_type<T>(), native_type<T>()}, scalar_layout(), &value);
}

std::vector<const char*> pointers_to(std::span<const std::string> strings) {
  std::vector<const char*> pointers;
  pointers.reserve(strings.size());
  for (const auto& text : strings) pointers.push_back(text.c_str());
  return pointers;
}

/// An extendible list, or matrix of rows of this shape, in chunks of 1 MiB, kept open so that its last chunk stays in
/// memory until it is full.
template <class T>
const Array& growing(const Opened& file, const std::string& node, const std::vector<hsize_t>& row) {
  const auto found = file.kept_open.find(node);
  if (found != file.kept_open.end()) return found->second;
  std::vector<hsize_t> none{0}, unlimited{H5S_UNLIMITED}, chunk{kChunkBytes / sizeof(T)};
  for (const hsize_t n : row) {
    none.push_back(n);
    unlimited.push_back(n);
    chunk.push_back(n);
    chunk[0] = std::max<hsize_t>(1, chunk[0] / n);
  }
  const int rank = static_cast<int>(none.size());
  Layout layout = plain_layout(Id(H5Screate_simple(rank, none.data(), unlimited.data()), H5Sclose));
  H5Pset_chunk(layout.creation.get(), rank, chunk.data());
  H5Pset_shuffle(layout.creation.get());
  H5Pset_deflate(layout.creation.get(), kDeflateLevel);
  const Id links = link_creation();
  Array data;
  data.place = file.place(node);
  data.id = Id(H5Dcreate2(file.id.get(), node.c_str(), file_type<T>(), layout.space.get(), links.get(),
                          layout.creation.get(), H5P_DEFAULT),
               H5Dclose);
  if (!data.id) throw_unwritable(data.place);
  return file.kept_open.emplace(node, std::move(data)).first->second;
}

/// `row`: shape of one element of the list; empty for numbers.
template <class T>
void append_numbers(const Opened& file, const std::string& node, std::span<const T> values,
                    const std::vector<hsize_t>& row = {}) {
  const Array& data = growing<T>(file, node, row);
  if (values.empty()) return;
  hsize_t row_size = 1;
  for (const hsize_t n : row) row_size *= n;
  const Id before(H5Dget_space(data.id.get()), H5Sclose);
  std::vector<hsize_t> start{static_cast<hsize_t>(H5Sget_simple_extent_npoints(before.get())) / row_size};
  std::vector<hsize_t> count{values.size() / row_size};
  std::vector<hsize_t> size{start[0] + count[0]};
  for (const hsize_t n : row) {
    start.push_back(0);
    count.push_back(n);
    size.push_back(n);
  }
  if (H5Dset_extent(data.id.get(), size.data()) < 0) throw_unwritable(data.place);
  const Id space(H5Dget_space(data.id.get()), H5Sclose), memory_space = make_space(count);
  H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
  if (H5Dwrite(data.id.get(), native_type<T>(), memory_space.get(), space.get(), H5P_DEFAULT, values.data()) < 0)
    throw_unwritable(data.place);
}

}  // namespace

void write_list(const Opened& file, const std::string& node, hid_t type, std::int64_t count, const void* values) {
  const Layout layout = list_layout({static_cast<hsize_t>(count)}, H5Tget_size(type), true);
  write_raw(file, node, {type, type}, layout, values);
}

void File::make_group(const std::string& group) {
  if (kind(group) == NodeKind::group) return;
  const Id links = link_creation();
  const Id made(H5Gcreate2(handle_->id.get(), group.c_str(), links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  if (!made) throw_unwritable(handle_->place(group));
}

void File::remove(const std::string& node) {
  if (kind(node) == NodeKind::absent) return;
  if (H5Ldelete(handle_->id.get(), node.c_str(), H5P_DEFAULT) < 0) throw_unwritable(handle_->place(node));
}

void File::write_doubles(const std::string& dataset, std::span<const double> values,
                         const std::vector<std::int64_t>& shape, bool compress) {
  write_numbers(*handle_, dataset, values, shape, compress);
}
void File::write_floats(const std::string& dataset, std::span<const float> values,
                        const std::vector<std::int64_t>& shape, bool compress) {
  write_numbers(*handle_, dataset, values, shape, compress);
}
void File::write_integers(const std::string& dataset, std::span<const std::int64_t> values,
                          const std::vector<std::int64_t>& shape, bool compress) {
  write_numbers(*handle_, dataset, values, shape, compress);
}
void File::write_integers32(const std::string& dataset, std::span<const std::int32_t> values, bool compress) {
  write_numbers(*handle_, dataset, values, {}, compress);
}
void File::write_integers8(const std::string& dataset, std::span<const std::int8_t> values) {
  write_numbers(*handle_, dataset, values, {}, true);
}

void File::write_booleans(const std::string& dataset, const std::vector<bool>& values) {
  const std::vector<std::int8_t> bytes(values.begin(), values.end());
  const std::vector<hsize_t> shape{bytes.size()};
  const Id type = boolean_type();
  write_raw(*handle_, dataset, {type.get(), type.get()}, list_layout(shape, 1, true), bytes.data());
}

void File::write_boolean(const std::string& dataset, bool value) {
  const std::int8_t byte = value ? 1 : 0;
  const Id type = boolean_type();
  write_raw(*handle_, dataset, {type.get(), type.get()}, scalar_layout(), &byte);
}

void File::append_floats(const std::string& dataset, std::span<const float> values) {
  append_numbers(*handle_, dataset, values);
}
void File::append_float_rows(const std::string& dataset, std::span<const float> values, std::int64_t n_columns) {
  GRACEVAE_CHECK(n_columns > 0 && values.size() % static_cast<std::size_t>(n_columns) == 0, "whole rows: " + dataset);
  append_numbers(*handle_, dataset, values, {static_cast<hsize_t>(n_columns)});
}
void File::append_integers32(const std::string& dataset, std::span<const std::int32_t> values) {
  append_numbers(*handle_, dataset, values);
}

void File::write_strings(const std::string& dataset, std::span<const std::string> values) {
  const auto pointers = pointers_to(values);
  const std::vector<hsize_t> shape{pointers.size()};
  const Id type = variable_string_type();
  write_raw(*handle_, dataset, {type.get(), type.get()}, list_layout(shape, 1, false), pointers.data());
}

void File::write_string(const std::string& dataset, const std::string& value) {
  const char* pointer = value.c_str();
  const Id type = variable_string_type();
  write_raw(*handle_, dataset, {type.get(), type.get()}, scalar_layout(), &pointer);
}

void File::write_double(const std::string& dataset, double value) { write_scalar(*handle_, dataset, value); }
void File::write_integer(const std::string& dataset, std::int64_t value) { write_scalar(*handle_, dataset, value); }

void File::write_attribute(const std::string& node, const std::string& name, const std::string& value) {
  const char* pointer = value.c_str();
  const Id type = variable_string_type();
  write_raw_attribute(*handle_, {node, name}, {type.get(), type.get()}, scalar_space(), &pointer);
}

void File::write_attribute(const std::string& node, const std::string& name, std::span<const std::int64_t> values) {
  write_raw_attribute(*handle_, {node, name}, {H5T_STD_I64LE, H5T_NATIVE_INT64}, make_space({values.size()}),
                      values.data());
}

void File::write_attribute(const std::string& node, const std::string& name, std::span<const std::string> values) {
  const auto pointers = pointers_to(values);
  const Id type = variable_string_type();
  write_raw_attribute(*handle_, {node, name}, {type.get(), type.get()}, make_space({pointers.size()}), pointers.data());
}

void File::write_boolean_attribute(const std::string& node, const std::string& name, bool value) {
  const std::int8_t byte = value ? 1 : 0;
  const Id type = boolean_type();
  write_raw_attribute(*handle_, {node, name}, {type.get(), type.get()}, scalar_space(), &byte);
}

}  // namespace gracevae::impl::hdf5
