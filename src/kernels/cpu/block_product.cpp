#include "kernels/cpu/block_product.hpp"

#include <bit>
#include <type_traits>
#include <vector>

#include "base/error.hpp"

namespace gracevae::impl::kernels {

namespace {

using detail::ProductCall;

struct Instructions {
  detail::ProductKernels kernels = detail::kBaselineProducts;
  const char* name = "baseline";
  bool has_bf16 = false;
};

/// Those of this processor.
const Instructions& instructions() {
  static const Instructions found = [] {
    Instructions result;
#ifdef GRACEVAE_X86_KERNELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
      result = {detail::kAvx512Products, "AVX-512", static_cast<bool>(__builtin_cpu_supports("avx512bf16"))};
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      result = {detail::kAvx2Products, "AVX2", false};
#endif
    return result;
  }();
  return found;
}

/// The nearest bfloat16, ties to even.
float rounded(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return value;  // not a number
  return std::bit_cast<float>((bits + 0x7fffU + ((bits >> 16) & 1U)) & 0xffff0000U);
}

/// For processors without bfloat16: rounded copies, multiplied in single precision.
void bf16_product(const ProductCall<float>& call) {
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
  instructions().kernels.single(exact);
}

void run(const ProductCall<double>& call, Precision precision) {
  GRACEVAE_CHECK(precision == Precision::full, "bf16 is for float");
  instructions().kernels.twofold(call);
}
void run(const ProductCall<float>& call, Precision precision) {
  if (precision == Precision::full) return instructions().kernels.single(call);
#ifdef GRACEVAE_X86_KERNELS
  if (instructions().has_bf16) return detail::avx512_bf16_product(call);
#endif
  bf16_product(call);
}

}  // namespace

template <class T>
void block_product(Block<const T> a, Block<const T> b, Block<T> out, bool add, Precision precision) {
  GRACEVAE_CHECK(a.n_rows == out.n_rows && a.n_cols == b.n_rows && b.n_cols == out.n_cols, "shapes of a product");
  run(ProductCall<T>{out.n_rows, out.n_cols, b.n_rows, a.data, a.stride, 1, b.data, b.stride, out.data, out.stride,
                     add},
      precision);
}

template <class T>
void block_product_transposed(Block<const T> a, Block<const T> b, Block<T> out, bool add, Precision precision) {
  GRACEVAE_CHECK(a.n_cols == out.n_rows && a.n_rows == b.n_rows && b.n_cols == out.n_cols, "shapes of a product");
  run(ProductCall<T>{out.n_rows, out.n_cols, b.n_rows, a.data, 1, a.stride, b.data, b.stride, out.data, out.stride,
                     add},
      precision);
}

template <class T, class Factor>
void row_sums(const RowSums<T, Factor>& call) {
  const detail::ProductKernels& kernels = instructions().kernels;
  if constexpr (std::is_same_v<T, float>)
    kernels.single_sums(call);
  else if constexpr (std::is_same_v<Factor, float>)
    kernels.mixed_sums(call);
  else
    kernels.twofold_sums(call);
}

template <class T>
void row_adds(const RowAdds<T>& call) {
  if constexpr (std::is_same_v<T, float>)
    instructions().kernels.single_adds(call);
  else
    instructions().kernels.twofold_adds(call);
}

const char* block_product_instructions(Precision precision) {
  return precision == Precision::bf16 && instructions().has_bf16 ? "AVX-512 BF16" : instructions().name;
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
