#pragma once
/// @file Products of matrices that fit into the caches, without the packing that a BLAS does in every call. Compiled
/// for every instruction set (base/instruction_set.hpp), in float32 and float64, and in bfloat16 with sums in float32.
#include <cstdint>

#include "kernels/cpu/blas.hpp"
#include "kernels/precision.hpp"

namespace gracevae::impl::kernels {

/// out = a·b, or out + a·b with `add`; a [m, k], b [k, n], out [m, n]. Every entry is summed in the order of k by one
/// thread, with fused multiply-adds on AVX2 and AVX-512 (which give the same bits). With Precision::bf16, for float
/// only, the factors are rounded to bfloat16 (to nearest, ties to even) and the sums stay in float.
/// @test tests/unit/kernels/block_product_test.cpp
template <class T>
void block_product(Block<const T> a, Block<const T> b, Block<T> out, bool add, Precision precision = Precision::full);

/// out = aᵀ·b, or out + aᵀ·b; a [k, m].
template <class T>
void block_product_transposed(Block<const T> a, Block<const T> b, Block<T> out, bool add,
                              Precision precision = Precision::full);

/// A sparse matrix times a dense one: sum i is Σ_k factors[k]·row (which[k] − first) over k in [begin[i], begin[i +
/// 1]), written to row i of `out` or, with `add`, added to it, in order of k. Factor is T or float.
template <class T, class Factor>
struct RowSums {
  const T* rows;  ///< [·, n], `stride` apart
  std::int64_t stride, n;
  const std::int64_t* begin;  ///< [n_sums + 1]
  std::int64_t n_sums;
  const std::int32_t* which;
  std::int64_t first;
  const Factor* factors;
  T* out;  ///< [n_sums, n], contiguous
  bool add;
};
template <class T, class Factor>
void row_sums(const RowSums<T, Factor>& call);

/// A sparse outer product: factors[k]·row is added to row (which[k] − first) of `out`, for k from 0 to n_rows − 1 in
/// this order.
template <class T>
struct RowAdds {
  const T* row;  ///< [n]
  std::int64_t n;
  std::int64_t n_rows;
  const std::int32_t* which;
  std::int64_t first;
  const float* factors;
  T* out;  ///< [·, n], `stride` apart
  std::int64_t stride;
};
template <class T>
void row_adds(const RowAdds<T>& call);

}  // namespace gracevae::impl::kernels
