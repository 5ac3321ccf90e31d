#pragma once
/// @file Conversion of numbers from an HDF5 file. HDF5's own conversion handles one value at a time and clips silently.
/// Only for src/io/hdf5*.cpp.
#include <cstddef>
#include <cstdint>

namespace gracevae::impl::hdf5 {

/// The format of a number in memory or in a file.
struct NumberFormat {
  enum class Class { signed_integer, unsigned_integer, real };
  Class number_class = Class::real;
  std::size_t bytes = 0;  ///< 1 to 8; reals have 2, 4 or 8 (IEEE 754)
  bool swapped = false;   ///< not in this machine's byte order
};

/// Values with a constant stride: a field of records, or a list.
struct StoredNumbers {
  const unsigned char* first = nullptr;
  std::size_t count = 0, stride = 0;  ///< stride in bytes
  NumberFormat format;
};

/// Whether values in this format are those of T and need no conversion.
template <class T>
bool is_same(const NumberFormat& format);

/// Converts all values to T (float, double, std::int32_t, std::int64_t). False, with `out` [count] unspecified, if one
/// does not fit: a whole number out of T's range, a fraction for an integer T, a finite real beyond float's range.
/// Reals are rounded to nearest; NaN and infinity are kept.
template <class T>
bool convert_numbers(const StoredNumbers& stored, T* out);

}  // namespace gracevae::impl::hdf5
