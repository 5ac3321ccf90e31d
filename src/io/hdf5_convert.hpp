#pragma once
/// @file Numbers as they lie in an HDF5 file to numbers of ours. HDF5's own conversion takes a value at a time through
/// general code, and clips without a word. Only for src/io/hdf5*.cpp.
#include <cstddef>
#include <cstdint>

namespace gracevae::impl::hdf5 {

/// How a number lies in memory or in a file.
struct NumberFormat {
  enum class Class { signed_integer, unsigned_integer, real };
  Class number_class = Class::real;
  std::size_t bytes = 0;  ///< 1 to 8; reals have 2, 4 or 8 (IEEE 754)
  bool swapped = false;   ///< of the other byte order than this machine
};

/// Values at equal distances: the fields of records, or a list.
struct StoredNumbers {
  const unsigned char* first = nullptr;
  std::size_t count = 0, stride = 0;  ///< stride in bytes
  NumberFormat format;
};

/// Whether values in this format are what T is, so that they need no conversion.
template <class T>
bool is_same(const NumberFormat& format);

/// Converts all values to T (float, double, std::int32_t, std::int64_t). False when one does not fit: a whole number
/// out of T's range, a real that is no whole number for integers, a finite real beyond float's range. Rounding to the
/// nearest real is fine; NaN and infinity remain for reals. `out` [count] is undefined then.
template <class T>
bool convert_numbers(const StoredNumbers& stored, T* out);

}  // namespace gracevae::impl::hdf5
