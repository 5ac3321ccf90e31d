#include "kernels/cpu/block_product.hpp"

#include <bit>
#include <type_traits>
#include <vector>

#include "base/aligned_vector.hpp"
#include "base/error.hpp"
#include "base/instruction_set.hpp"
#include "kernels/cpu/block_product_table.hpp"
#include "kernels/per_thread.hpp"

namespace gracevae::impl::kernels {

namespace {

const ProductTables& tables() {
#ifdef __x86_64__
  switch (instruction_set()) {
    case InstructionSet::baseline: break;
    case InstructionSet::avx2: return kAvx2Products;
    case InstructionSet::avx512:
    case InstructionSet::avx512_bf16: return kAvx512Products;
  }
#endif
  return kBaselineProducts;
}

template <class T>
const ProductTable<T>& table() {
  if constexpr (std::is_same_v<T, float>)
    return tables().float32;
  else
    return tables().float64;
}

/// The nearest bfloat16, ties to even.
float rounded(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return value;  // not a number
  return std::bit_cast<float>((bits + 0x7fffU + ((bits >> 16) & 1U)) & 0xffff0000U);
}

/// For instruction sets without bfloat16: rounded copies, multiplied in float32.
void rounded_product(const ProductCall<float>& call) {
  thread_local std::vector<float> a, b;
  a.resize(static_cast<std::size_t>(call.m * call.k));
  b.resize(static_cast<std::size_t>(call.k * call.n));
  for (std::int64_t i = 0; i < call.m; ++i)
    for (std::int64_t k = 0; k < call.k; ++k)
      a[static_cast<std::size_t>(i * call.k + k)] = rounded(call.a[i * call.a_row + k * call.a_column]);
  for (std::int64_t k = 0; k < call.k; ++k)
    for (std::int64_t j = 0; j < call.n; ++j)
      b[static_cast<std::size_t>(k * call.n + j)] = rounded(call.b[k * call.b_stride + j]);
  ProductCall<float> exact = call;
  exact.a = a.data(), exact.a_row = call.k, exact.a_column = 1;
  exact.b = b.data(), exact.b_stride = call.n;
  table<float>().product(exact);
}

void bf16_product(const ProductCall<float>& call) {
#ifdef __x86_64__
  if (instruction_set() == InstructionSet::avx512_bf16) {
    thread_local AlignedVector<std::uint32_t> workspace;
    return avx512_bf16_product(call, fitted(workspace, avx512_bf16_workspace(call)));
  }
#endif
  rounded_product(call);
}

template <class T>
void run(const ProductCall<T>& call, Precision precision) {
  if (precision == Precision::full) return table<T>().product(call);
  if constexpr (std::is_same_v<T, float>)
    bf16_product(call);
  else
    GRACEVAE_CHECK(false, "bf16 is for float");
}

}  // namespace

template <class T>
void block_product(Block<const T> a, Block<const T> b, Block<T> out, bool add, Precision precision) {
  GRACEVAE_CHECK(a.n_rows == out.n_rows && a.n_cols == b.n_rows && b.n_cols == out.n_cols, "shapes of a product");
  run<T>({out.n_rows, out.n_cols, b.n_rows, a.data, a.stride, 1, b.data, b.stride, out.data, out.stride, add},
         precision);
}

template <class T>
void block_product_transposed(Block<const T> a, Block<const T> b, Block<T> out, bool add, Precision precision) {
  GRACEVAE_CHECK(a.n_cols == out.n_rows && a.n_rows == b.n_rows && b.n_cols == out.n_cols, "shapes of a product");
  run<T>({out.n_rows, out.n_cols, b.n_rows, a.data, 1, a.stride, b.data, b.stride, out.data, out.stride, add},
         precision);
}

template <class T, class Factor>
void row_sums(const RowSums<T, Factor>& call) {
  if constexpr (std::is_same_v<T, Factor>)
    table<T>().row_sums(call);
  else
    table<T>().row_sums_by_float(call);
}

template <class T>
void row_adds(const RowAdds<T>& call) {
  table<T>().row_adds(call);
}

template void row_sums(const RowSums<float, float>&);
template void row_sums(const RowSums<double, double>&);
template void row_sums(const RowSums<double, float>&);
template void row_adds(const RowAdds<float>&);
template void row_adds(const RowAdds<double>&);
template void block_product(Block<const float>, Block<const float>, Block<float>, bool, Precision);
template void block_product(Block<const double>, Block<const double>, Block<double>, bool, Precision);
template void block_product_transposed(Block<const float>, Block<const float>, Block<float>, bool, Precision);
template void block_product_transposed(Block<const double>, Block<const double>, Block<double>, bool, Precision);

}  // namespace gracevae::impl::kernels
