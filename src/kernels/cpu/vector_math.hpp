#pragma once
/// @file exp and logarithms without branches, so that GCC vectorises loops over them. Only additions, multiplications
/// and divisions in a fixed order: the same bits for every width of vectors. No function of the standard library is
/// used (block_product_template.hpp says why).
#include <cstdint>

namespace gracevae::impl::kernels {

/// Format of a number, and log 2 in two parts, the first exact when multiplied by a small integer.
template <class T>
struct NumberFormat;
template <>
struct NumberFormat<float> {
  using Bits = std::int32_t;
  static constexpr int kMantissa = 23, kBias = 127, kExpTerms = 7, kLogTerms = 5, kLog1pTerms = 8;
  static constexpr float kLowest = -87, kLog2High = 0.693359375F, kLog2Low = -2.12194440e-4F;
};
template <>
struct NumberFormat<double> {
  using Bits = std::int64_t;
  static constexpr int kMantissa = 52, kBias = 1023, kExpTerms = 13, kLogTerms = 11, kLog1pTerms = 17;
  static constexpr double kLowest = -708, kLog2High = 6.93147180369123816490e-01, kLog2Low = 1.90821492927058770002e-10;
};

/// So large that an integer added to it appears in its last bits.
template <class T>
constexpr T kWholeNumbers = static_cast<T>(static_cast<typename NumberFormat<T>::Bits>(3)
                                           << (NumberFormat<T>::kMantissa - 1));

/// e^x of x ≤ 0, below −87 (double: −708) the value at that bound; NaN for NaN. Within 2 units in the last place.
/// @test tests/unit/kernels/vector_math_test.cpp
template <class T>
inline __attribute__((always_inline)) T exp_of(T x) {
  using Format = NumberFormat<T>;
  using Bits = typename Format::Bits;
  x = x < Format::kLowest ? Format::kLowest : x;
  const T shifted = x * static_cast<T>(1.44269504088896340736) + kWholeNumbers<T>, n = shifted - kWholeNumbers<T>;
  const T r = x - n * Format::kLog2High - n * Format::kLog2Low;  // x = n·log 2 + r, |r| ≤ log 2 / 2
  T sum = 1;
  for (int k = Format::kExpTerms; k > 0; --k) sum = 1 + sum * r * (T{1} / static_cast<T>(k));
  const Bits power = __builtin_bit_cast(Bits, shifted) - __builtin_bit_cast(Bits, kWholeNumbers<T>) + Format::kBias;
  return sum * __builtin_bit_cast(T, power << Format::kMantissa);
}

/// 2·atanh(s) = log((1 + s)/(1 − s)) by the first terms of its series.
template <class T>
inline __attribute__((always_inline)) T twice_atanh(T s, int n_terms) {
  const T square = s * s;
  T sum = T{1} / static_cast<T>(2 * n_terms - 1);
  for (int k = n_terms - 1; k > 0; --k) sum = T{1} / static_cast<T>(2 * k - 1) + square * sum;
  return 2 * s * sum;
}

/// log(1 + x) of 0 ≤ x ≤ 1. Within 3 units in the last place.
template <class T>
inline __attribute__((always_inline)) T log1p_of(T x) {
  return twice_atanh(x / (2 + x), NumberFormat<T>::kLog1pTerms);
}

/// log x of a positive number that is neither subnormal nor infinite; unspecified for others. Within 3 units in the
/// last place.
template <class T>
inline __attribute__((always_inline)) T log_of(T x) {
  using Format = NumberFormat<T>;
  using Bits = typename Format::Bits;
  constexpr Bits kRootHalf = __builtin_bit_cast(Bits, static_cast<T>(0.70710678118654752440));
  const Bits bits = __builtin_bit_cast(Bits, x), power = (bits - kRootHalf) >> Format::kMantissa;
  const T m = __builtin_bit_cast(T, bits - (power << Format::kMantissa));  // x = 2^power·m, √½ ≤ m < √2
  const T n = __builtin_bit_cast(T, power + __builtin_bit_cast(Bits, kWholeNumbers<T>)) - kWholeNumbers<T>;
  return n * Format::kLog2High + (twice_atanh((m - 1) / (m + 1), Format::kLogTerms) + n * Format::kLog2Low);
}

}  // namespace gracevae::impl::kernels
