#pragma once
/// @file The loops of block_product, row_sums and row_adds, instantiated in one file for each instruction set. They use
/// no function of the standard library: one that is not inlined would be compiled with these instructions and then be
/// linked into code for any processor.
#include "kernels/cpu/block_product_table.hpp"

namespace gracevae::impl::kernels {
namespace {

/// Width of a vector, and the rows and vectors of the result that are held in registers.
struct TileShape {
  int vector_bytes, rows, vectors;
};

template <TileShape kShape>
struct BlockProducts {
  template <class T>
  struct VectorOf {
    // NOLINTNEXTLINE(modernize-use-using): it has attributes
    typedef T type __attribute__((vector_size(kShape.vector_bytes), aligned(alignof(T)), may_alias));
  };

  static constexpr int kRows = kShape.rows, kVectors = kShape.vectors;

  /// A vector of `count` entries (Whole: all).
  template <class T, bool Whole>
  static __attribute__((always_inline)) typename VectorOf<T>::type read(const T* from, std::int64_t count) {
    using Vector = typename VectorOf<T>::type;
    if (Whole) return *reinterpret_cast<const Vector*>(from);
    Vector value{};
    __builtin_memcpy(&value, from, static_cast<unsigned long>(count) * sizeof(T));
    return value;
  }
  template <class T, bool Whole>
  static __attribute__((always_inline)) void write(const typename VectorOf<T>::type& value, T* to, std::int64_t count) {
    if (Whole)
      *reinterpret_cast<typename VectorOf<T>::type*>(to) = value;
    else
      __builtin_memcpy(to, &value, static_cast<unsigned long>(count) * sizeof(T));
  }

  /// `Rows` rows and `Vectors` vectors of the result; not Whole: one vector of `in_last` entries. Vectors of the second
  /// factor are whole.
  template <class T, int Rows, int Vectors, bool Whole>
  static __attribute__((always_inline)) void tile(const ProductCall<T>& call, std::int64_t i, std::int64_t j,
                                                  std::int64_t in_last) {
    using Vector = typename VectorOf<T>::type;
    constexpr std::int64_t kLanes = kShape.vector_bytes / sizeof(T);
    const T *a = call.a + i * call.a_row, *b = call.b + j;
    T* const out = call.out + i * call.out_stride + j;
    Vector sums[Rows][Vectors];
    for (int r = 0; r < Rows; ++r)
      for (int v = 0; v < Vectors; ++v)
        sums[r][v] = call.add ? read<T, Whole>(out + r * call.out_stride + v * kLanes, in_last) : Vector{};
    for (std::int64_t k = 0; k < call.k; ++k, a += call.a_column, b += call.b_stride) {
      Vector second[Vectors];
      for (int v = 0; v < Vectors; ++v) second[v] = read<T, true>(b + v * kLanes, kLanes);
      for (int r = 0; r < Rows; ++r) {
        const T first = a[r * call.a_row];
        for (int v = 0; v < Vectors; ++v) sums[r][v] += first * second[v];
      }
    }
    for (int r = 0; r < Rows; ++r)
      for (int v = 0; v < Vectors; ++v) write<T, Whole>(sums[r][v], out + r * call.out_stride + v * kLanes, in_last);
  }

  /// All rows of a strip of columns.
  template <class T, int Vectors, bool Whole>
  static void strip(const ProductCall<T>& call, std::int64_t j, std::int64_t in_last) {
    std::int64_t i = 0;
    for (; i + kRows <= call.m; i += kRows) tile<T, kRows, Vectors, Whole>(call, i, j, in_last);
    for (; i + 4 <= call.m; i += 4) tile<T, 4, Vectors, Whole>(call, i, j, in_last);
    for (; i < call.m; ++i) tile<T, 1, Vectors, Whole>(call, i, j, in_last);
  }

  /// The columns that do not fill a vector, from copies of the second factor padded with zeros.
  template <class T>
  static void last_columns(const ProductCall<T>& call, std::int64_t j) {
    constexpr std::int64_t kLanes = kShape.vector_bytes / sizeof(T), kDepth = 128;
    alignas(kShape.vector_bytes) T filled[kDepth * kLanes];
    const std::int64_t count = call.n - j;
    ProductCall<T> part = call;
    part.b = filled;
    part.b_stride = kLanes;
    part.out += j;
    std::int64_t first = 0;
    do {
      part.k = call.k - first < kDepth ? call.k - first : kDepth;
      for (std::int64_t k = 0; k < part.k; ++k)
        for (std::int64_t l = 0; l < kLanes; ++l)
          filled[k * kLanes + l] = l < count ? call.b[(first + k) * call.b_stride + j + l] : T{0};
      part.a = call.a + first * call.a_column;
      part.add = call.add || first > 0;
      strip<T, 1, false>(part, 0, count);
      first += kDepth;
    } while (first < call.k);
  }

  template <class T>
  static void product(const ProductCall<T>& call) {
    constexpr std::int64_t kLanes = kShape.vector_bytes / sizeof(T);
    std::int64_t j = 0;
    for (; j + kVectors * kLanes <= call.n; j += kVectors * kLanes) strip<T, kVectors, true>(call, j, kLanes);
    for (; j + kLanes <= call.n; j += kLanes) strip<T, 1, true>(call, j, kLanes);
    if (j < call.n) last_columns(call, j);
  }

  /// `Vectors` vectors of sum i from column j on; not Whole: one vector of `in_last` entries.
  template <class T, class Factor, int Vectors, bool Whole>
  static __attribute__((always_inline)) void part_of_sum(const RowSums<T, Factor>& call, std::int64_t i, std::int64_t j,
                                                         std::int64_t in_last) {
    using Vector = typename VectorOf<T>::type;
    constexpr std::int64_t kLanes = kShape.vector_bytes / sizeof(T);
    T* const out = call.out + i * call.n + j;
    Vector sums[Vectors];
    for (int v = 0; v < Vectors; ++v) sums[v] = call.add ? read<T, Whole>(out + v * kLanes, in_last) : Vector{};
    for (std::int64_t k = call.begin[i]; k < call.begin[i + 1]; ++k) {
      const T* const row = call.rows + (call.which[k] - call.first) * call.stride + j;
      const T factor = static_cast<T>(call.factors[k]);
      for (int v = 0; v < Vectors; ++v) sums[v] += factor * read<T, Whole>(row + v * kLanes, in_last);
    }
    for (int v = 0; v < Vectors; ++v) write<T, Whole>(sums[v], out + v * kLanes, in_last);
  }

  template <class T, class Factor>
  static void row_sums(const RowSums<T, Factor>& call) {
    constexpr std::int64_t kLanes = kShape.vector_bytes / sizeof(T);
    for (std::int64_t i = 0; i < call.n_sums; ++i) {
      std::int64_t j = 0;
      for (; j + 8 * kLanes <= call.n; j += 8 * kLanes) part_of_sum<T, Factor, 8, true>(call, i, j, kLanes);
      for (; j + 4 * kLanes <= call.n; j += 4 * kLanes) part_of_sum<T, Factor, 4, true>(call, i, j, kLanes);
      for (; j + 2 * kLanes <= call.n; j += 2 * kLanes) part_of_sum<T, Factor, 2, true>(call, i, j, kLanes);
      for (; j + kLanes <= call.n; j += kLanes) part_of_sum<T, Factor, 1, true>(call, i, j, kLanes);
      if (j < call.n) part_of_sum<T, Factor, 1, false>(call, i, j, call.n - j);
    }
  }

  /// `Vectors` vectors of every row from column j on; not Whole: one vector of `in_last` entries.
  template <class T, int Vectors, bool Whole>
  static __attribute__((always_inline)) void part_of_adds(const RowAdds<T>& call, std::int64_t j,
                                                          std::int64_t in_last) {
    using Vector = typename VectorOf<T>::type;
    constexpr std::int64_t kLanes = kShape.vector_bytes / sizeof(T);
    Vector row[Vectors];
    for (int v = 0; v < Vectors; ++v) row[v] = read<T, Whole>(call.row + j + v * kLanes, in_last);
    const RowAdds<T> own = call;  // a copy, which no store can alias
    for (std::int64_t k = 0; k < own.n_rows; ++k) {
      T* const out = own.out + (own.which[k] - own.first) * own.stride + j;
      const T factor = static_cast<T>(own.factors[k]);
      for (int v = 0; v < Vectors; ++v) {
        Vector sum = read<T, Whole>(out + v * kLanes, in_last);
        sum += factor * row[v];
        write<T, Whole>(sum, out + v * kLanes, in_last);
      }
    }
  }

  template <class T>
  static void row_adds(const RowAdds<T>& call) {
    constexpr std::int64_t kLanes = kShape.vector_bytes / sizeof(T);
    std::int64_t j = 0;
    for (; j + 8 * kLanes <= call.n; j += 8 * kLanes) part_of_adds<T, 8, true>(call, j, kLanes);
    for (; j + 2 * kLanes <= call.n; j += 2 * kLanes) part_of_adds<T, 2, true>(call, j, kLanes);
    for (; j + kLanes <= call.n; j += kLanes) part_of_adds<T, 1, true>(call, j, kLanes);
    if (j < call.n) part_of_adds<T, 1, false>(call, j, call.n - j);
  }

  template <class T>
  static constexpr ProductTable<T> table() {
    return {&product<T>, &row_sums<T, T>, &row_sums<T, float>, &row_adds<T>};
  }
  static constexpr ProductTables kTables{table<float>(), table<double>()};
};

}  // namespace
}  // namespace gracevae::impl::kernels
