#pragma once
/// @file Matrix products by the linked BLAS. Its C interface is declared here, so that no BLAS header is needed.
#include <cstdint>

extern "C" {
void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a, int lda,
                 const float* b, int ldb, float beta, float* c, int ldc);
void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double* a,
                 int lda, const double* b, int ldb, double beta, double* c, int ldc);
}

namespace gracevae::impl::kernels {

/// Part of a row-major matrix: row i starts at data + i·stride.
template <class T>
struct Block {
  T* data;
  std::int64_t n_rows, n_cols, stride;
};

/// The second factor of a product as stored, or transposed.
enum class Second { plain, transposed };

namespace detail {
inline constexpr int kPlain = 111, kTransposed = 112;  // CBLAS's

template <class T>
void gemm(int first, int second, std::int64_t inner, Block<const T> a, Block<const T> b, Block<T> out, T keep) {
  constexpr int kRowMajor = 101;
  const auto narrow = [](std::int64_t n) { return static_cast<int>(n); };
  if (out.n_rows == 0 || out.n_cols == 0) return;
  const auto call = [&](auto* product) {
    product(kRowMajor, first, second, narrow(out.n_rows), narrow(out.n_cols), narrow(inner), T{1}, a.data,
            narrow(a.stride), b.data, narrow(b.stride), keep, out.data, narrow(out.stride));
  };
  if constexpr (sizeof(T) == sizeof(float))
    call(&cblas_sgemm);
  else
    call(&cblas_dgemm);
}
}  // namespace detail

/// out = a·b + keep·out, with b [k, n] plain or [n, k] transposed; a [m, k], out [m, n].
/// Inside an OpenMP parallel region OpenBLAS uses one thread, so results do not depend on the thread count.
template <class T>
void multiply(Block<const T> a, Block<const T> b, Second second, Block<T> out, T keep = 0) {
  detail::gemm<T>(detail::kPlain, second == Second::plain ? detail::kPlain : detail::kTransposed, a.n_cols, a, b, out,
                  keep);
}

/// out = aᵀ·b + keep·out, a [k, m], b [k, n], out [m, n].
template <class T>
void multiply_transposed(Block<const T> a, Block<const T> b, Block<T> out, T keep = 0) {
  detail::gemm<T>(detail::kTransposed, detail::kPlain, a.n_rows, a, b, out, keep);
}

}  // namespace gracevae::impl::kernels
