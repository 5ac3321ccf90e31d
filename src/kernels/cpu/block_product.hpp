#pragma once
/// @file Products of matrices that are small enough for the caches and lie where they are wanted: nothing is packed
/// anew, as a BLAS does for every call. Compiled for every instruction set (base/instruction_set.hpp); in single and
/// double precision, and in bfloat16 with sums in single precision.
#include <cstdint>

#include "kernels/cpu/blas.hpp"
#include "kernels/precision.hpp"

namespace gracevae::impl::kernels {

/// out = a·b, or out + a·b with `add`; a [m, k], b [k, n], out [m, n]. Every entry is summed in the order of k by one
/// thread, with fused multiplications where the processor has them (AVX2 and AVX-512 then give the same bits), so that
/// the result depends on nothing but the factors. With Precision::bf16, for float only, the factors are rounded to
/// bfloat16 (to nearest, ties to even) and the sums stay in float.
/// @test tests/unit/kernels/block_product_test.cpp
template <class T>
void block_product(Block<const T> a, Block<const T> b, Block<T> out, bool add, Precision precision = Precision::full);

/// out = aᵀ·b, or out + aᵀ·b; a [k, m].
template <class T>
void block_product_transposed(Block<const T> a, Block<const T> b, Block<T> out, bool add,
                              Precision precision = Precision::full);

/// Sums of rows of a matrix, each with a factor, of which most are 0 and not there: sum i is Σ_k factors[k]·row
/// (which[k] − first) over k in [begin[i], begin[i + 1]), written to row i of `out` or, with `add`, added there. In
/// order of k; Factor is T or float.
template <class T, class Factor>
struct RowSums {
  const T* rows;  ///< [·, n], `stride` apart
  std::int64_t stride, n;
  const std::int64_t* begin;  ///< [n_sums + 1]
  std::int64_t n_sums;
  const std::int32_t* which;
  std::int64_t first;
  const Factor* factors;
  T* out;  ///< [n_sums, n], without gaps
  bool add;
};
template <class T, class Factor>
void row_sums(const RowSums<T, Factor>& call);

/// The other way round: adds a row, times factors of which most are 0 and not there, to rows of a matrix: row
/// (which[k] − first) of `out` becomes it + factors[k]·row, k from 0 to n_rows − 1, in this order.
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
