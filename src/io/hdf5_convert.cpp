#include "io/hdf5_convert.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace gracevae::impl::hdf5 {

namespace {

/// A 16-bit float of IEEE 754: sign, 5 bits of exponent (bias 15), 10 bits of fraction.
struct Half {
  std::uint16_t bits;
};

float widened(Half half) {
  const int exponent = (half.bits >> 10) & 31, fraction = half.bits & 1023;
  float size = 0;
  if (exponent == 31)
    size = fraction ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  else if (exponent == 0)
    size = std::ldexp(static_cast<float>(fraction), -24);
  else
    size = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return half.bits & 0x8000 ? -size : size;
}

template <class Source>
auto load(const unsigned char* at, bool swapped) {
  std::array<unsigned char, sizeof(Source)> bytes;
  std::memcpy(bytes.data(), at, sizeof(Source));
  if (swapped) std::reverse(bytes.begin(), bytes.end());
  Source value;
  std::memcpy(&value, bytes.data(), sizeof(Source));
  if constexpr (std::is_same_v<Source, Half>)
    return widened(value);
  else
    return value;
}

template <class T, class Value>
bool fits(Value value) {
  if constexpr (std::is_integral_v<T> && std::is_integral_v<Value>) {
    return std::in_range<T>(value);
  } else if constexpr (std::is_integral_v<T>) {
    const Value end = std::ldexp(Value{1}, std::numeric_limits<T>::digits);
    return value >= -end && value < end && value == std::trunc(value);
  } else if constexpr (std::is_same_v<T, float> && std::is_same_v<Value, double>) {
    constexpr double kEnd = 0x1.ffffffp127;  // from here on, the nearest float is infinity
    return !(std::abs(value) >= kEnd) || std::isinf(value);
  } else {
    return true;
  }
}

/// The loop for a fixed byte order and stride, which the compiler can vectorise.
template <class Source, class T>
bool convert_all(const StoredNumbers& stored, bool swapped, std::size_t stride, T* out) {
  bool all_fit = true;
  for (std::size_t i = 0; i < stored.count; ++i) {
    const auto value = load<Source>(stored.first + i * stride, swapped);
    const bool one_fits = fits<T>(value);
    out[i] = one_fits ? static_cast<T>(value) : T{};
    all_fit &= one_fits;
  }
  return all_fit;
}

template <class Source, class T>
bool convert_from(const StoredNumbers& stored, T* out) {
  if (!stored.format.swapped && stored.stride == sizeof(Source))
    return convert_all<Source>(stored, false, sizeof(Source), out);
  return convert_all<Source>(stored, stored.format.swapped, stored.stride, out);
}

template <class One, class Two, class Four, class Eight, class T>
bool convert_by_size(const StoredNumbers& stored, T* out) {
  switch (stored.format.bytes) {
    case 1: return convert_from<One>(stored, out);
    case 2: return convert_from<Two>(stored, out);
    case 4: return convert_from<Four>(stored, out);
    default: return convert_from<Eight>(stored, out);
  }
}

}  // namespace

template <class T>
bool is_same(const NumberFormat& format) {
  return !format.swapped && format.bytes == sizeof(T) &&
         format.number_class ==
             (std::is_integral_v<T> ? NumberFormat::Class::signed_integer : NumberFormat::Class::real);
}

template <class T>
bool convert_numbers(const StoredNumbers& stored, T* out) {
  switch (stored.format.number_class) {
    case NumberFormat::Class::signed_integer:
      return convert_by_size<std::int8_t, std::int16_t, std::int32_t, std::int64_t>(stored, out);
    case NumberFormat::Class::unsigned_integer:
      return convert_by_size<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>(stored, out);
    default: return convert_by_size<std::uint8_t, Half, float, double>(stored, out);
  }
}

template bool is_same<float>(const NumberFormat&);
template bool is_same<double>(const NumberFormat&);
template bool is_same<std::int32_t>(const NumberFormat&);
template bool is_same<std::int64_t>(const NumberFormat&);
template bool convert_numbers<float>(const StoredNumbers&, float*);
template bool convert_numbers<double>(const StoredNumbers&, double*);
template bool convert_numbers<std::int32_t>(const StoredNumbers&, std::int32_t*);
template bool convert_numbers<std::int64_t>(const StoredNumbers&, std::int64_t*);

}  // namespace gracevae::impl::hdf5
