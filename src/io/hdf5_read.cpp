// Reading numbers, strings and attributes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "base/error.hpp"
#include "io/hdf5_internal.hpp"

namespace gracevae::hdf5 {

namespace {

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

/// HDF5 asks this for every value that does not convert exactly. It would otherwise clip and cut without a word.
H5T_conv_ret_t refuse_misfits(H5T_conv_except_t exception, hid_t source, hid_t target, void* value, void*,
                              void* misfit) {
  if (exception == H5T_CONV_EXCEPT_PRECISION) return H5T_CONV_UNHANDLED;  // rounding to the nearest is fine
  if (H5Tget_class(target) == H5T_FLOAT) {
    if (exception != H5T_CONV_EXCEPT_RANGE_HI && exception != H5T_CONV_EXCEPT_RANGE_LOW) return H5T_CONV_UNHANDLED;
    double number = 0;
    if (H5Tequal(source, H5T_NATIVE_DOUBLE) > 0) std::memcpy(&number, value, sizeof(number));
    if (std::isinf(number)) return H5T_CONV_UNHANDLED;
  }
  *static_cast<bool*>(misfit) = true;
  return H5T_CONV_ABORT;
}

template <class T>
[[noreturn]] void throw_misfit(const std::string& place) {
  throw InputError(fmt::format("{}: holds a value that does not fit in {}", place, type_name<T>()));
}

/// Reads the part of a data set that `file_space` selects, converted to T.
template <class T>
void read_converted(const Array& data, hid_t memory_space, hid_t file_space, T* out) {
  bool misfit = false;
  const Id transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
  H5Pset_type_conv_cb(transfer.get(), refuse_misfits, &misfit);
  if (H5Dread(data.id.get(), native_type<T>(), memory_space, file_space, transfer.get(), out) >= 0) return;
  if (misfit) throw_misfit<T>(data.place);
  throw_unreadable(data.place);
}

/// Reals that are whole numbers, as R and Matlab write them. (HDF5 1.10 finds fractions where there are none in
/// big-endian ones.)
template <class T>
std::vector<T> whole_numbers(const std::vector<double>& reals, const std::string& place) {
  const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
  std::vector<T> values;
  values.reserve(reals.size());
  for (const double real : reals) {
    if (!(real >= -end && real < end && real == std::trunc(real))) throw_misfit<T>(place);
    values.push_back(static_cast<T>(real));
  }
  return values;
}

void require_numbers(const Array& array) {
  if (!is_number(array.info.kind))
    throw InputError(fmt::format("{}: holds {}, expected numbers", array.place, kind_name(array.info.kind)));
}

template <class T>
std::vector<T> read_numbers(const Opened& file, const std::string& node) {
  const Array data = open_dataset(file, node);
  require_numbers(data);
  check_readable(file, data);
  if constexpr (std::is_integral_v<T>)
    if (data.info.kind == ValueKind::real) return whole_numbers<T>(read_numbers<double>(file, node), data.place);
  std::vector<T> values(static_cast<std::size_t>(data.info.size()));
  if (!values.empty()) read_converted(data, H5S_ALL, H5S_ALL, values.data());
  return values;
}

/// Splits strings of fixed length, without their padding.
std::vector<std::string> split_fixed(const std::vector<unsigned char>& bytes, std::size_t size, H5T_str_t padding) {
  std::vector<std::string> strings;
  for (std::size_t start = 0; start + size <= bytes.size(); start += size) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()) + start, size);
    text = text.substr(0, text.find('\0'));
    if (padding == H5T_STR_SPACEPAD) text = text.substr(0, text.find_last_not_of(' ') + 1);
    strings.emplace_back(text);
  }
  return strings;
}

std::vector<std::string> read_all_strings(const Opened& file, const Array& array,
                                          const std::function<herr_t(hid_t, void*)>& read) {
  if (array.info.kind != ValueKind::string)
    throw InputError(fmt::format("{}: holds {}, expected strings", array.place, kind_name(array.info.kind)));
  const auto count = static_cast<std::size_t>(array.info.size());
  if (count == 0) return {};
  const bool variable = H5Tis_variable_str(array.type.get()) > 0;
  const std::size_t size = variable ? file.heap->descriptor_bytes() : H5Tget_size(array.type.get());
  const Id type = variable ? descriptor_type(size) : Id(H5Tcopy(array.type.get()), H5Tclose);
  std::vector<unsigned char> bytes(count * size);
  if (read(type.get(), bytes.data()) < 0) throw_unreadable(array.place);
  return variable ? file.heap->read(bytes, array.place) : split_fixed(bytes, size, H5Tget_strpad(array.type.get()));
}

}  // namespace

std::vector<std::int64_t> read_attribute_integers(const Array& attribute) {
  if (attribute.info.kind != ValueKind::integer && attribute.info.kind != ValueKind::boolean)
    throw InputError(
        fmt::format("{}: holds {}, expected whole numbers", attribute.place, kind_name(attribute.info.kind)));
  std::vector<std::int64_t> values(static_cast<std::size_t>(attribute.info.size()));
  if (!values.empty() && H5Aread(attribute.id.get(), H5T_NATIVE_INT64, values.data()) < 0)
    throw_unreadable(attribute.place);
  return values;
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

std::vector<float> File::read_float_rows(const std::string& dataset, std::int64_t first_row,
                                         std::int64_t n_rows) const {
  const Array data = open_dataset(*handle_, dataset);
  require_numbers(data);
  if (data.info.shape.size() != 2)
    throw InputError(fmt::format("{}: has {} dimensions, expected 2", data.place, data.info.shape.size()));
  GRACEVAE_CHECK(first_row >= 0 && n_rows >= 0 && first_row <= data.info.shape[0] - n_rows, "rows out of range");
  check_readable(*handle_, data);
  const std::array<hsize_t, 2> start{static_cast<hsize_t>(first_row), 0};
  const std::array<hsize_t, 2> count{static_cast<hsize_t>(n_rows), static_cast<hsize_t>(data.info.shape[1])};
  std::vector<float> values(count[0] * count[1]);
  if (values.empty()) return values;
  const Id memory_space = make_space({count[0], count[1]});
  H5Sselect_hyperslab(data.space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
  read_converted(data, memory_space.get(), data.space.get(), values.data());
  return values;
}

std::string File::read_string_attribute(const std::string& node, const std::string& name) const {
  const Array attribute = open_attribute(*handle_, node, name);
  const auto strings = read_attribute_strings(*handle_, attribute);
  if (strings.size() != 1)
    throw InputError(fmt::format("{}: holds {} strings, expected 1", attribute.place, strings.size()));
  return strings[0];
}

std::vector<std::int64_t> File::read_integer_attribute(const std::string& node, const std::string& name) const {
  return read_attribute_integers(open_attribute(*handle_, node, name));
}

std::vector<std::string> File::read_strings_attribute(const std::string& node, const std::string& name) const {
  const Array attribute = open_attribute(*handle_, node, name);
  if (attribute.info.size() == 0) return {};  // anndata writes an empty list of columns as an empty list of numbers
  return read_attribute_strings(*handle_, attribute);
}

}  // namespace gracevae::hdf5
