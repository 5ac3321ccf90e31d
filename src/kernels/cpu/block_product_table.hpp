#pragma once
/// @file Function tables of block_product, one for each instruction set.
#include "kernels/cpu/block_product.hpp"

namespace gracevae::impl::kernels {

/// One product: element (i, k) of the first factor is at a[i·a_row + k·a_column]; the strides are between rows.
template <class T>
struct ProductCall {
  std::int64_t m, n, k;
  const T* a;
  std::int64_t a_row, a_column;
  const T* b;
  std::int64_t b_stride;
  T* out;
  std::int64_t out_stride;
  bool add;
};

template <class T>
struct ProductTable {
  void (*product)(const ProductCall<T>&);
  void (*row_sums)(const RowSums<T, T>&);
  void (*row_sums_by_float)(const RowSums<T, float>&);
  void (*row_adds)(const RowAdds<T>&);
};

struct ProductTables {
  ProductTable<float> float32;
  ProductTable<double> float64;
};

extern const ProductTables kBaselineProducts;
#ifdef __x86_64__
extern const ProductTables kAvx2Products, kAvx512Products;

/// Size of the workspace that avx512_bf16_product needs.
std::int64_t avx512_bf16_workspace(const ProductCall<float>& call);
/// Factors rounded to bfloat16, on processors with AVX512_BF16.
void avx512_bf16_product(const ProductCall<float>& call, std::uint32_t* workspace);
#endif

}  // namespace gracevae::impl::kernels
