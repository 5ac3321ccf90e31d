#include "kernels/neighbour_mean.hpp"

namespace gracevae::impl::kernels {

template <class T>
void sparse_rows(const CsrMatrix<T>& a, const T* x, T* out, std::int64_t n_batch, std::int64_t n_out) {
#pragma omp parallel for schedule(static)
  for (std::int64_t b = 0; b < n_batch; ++b) {
    const T* features = x + b * a.n_cols;
    T* row = out + b * n_out;
    std::int64_t k = 0;
    for (std::int64_t i = 0; i < n_out; ++i) {
      const std::int64_t end = a.indptr[static_cast<std::size_t>(i) + 1];
      T sum = 0;
      for (; k < end; ++k)
        sum += a.values[static_cast<std::size_t>(k)] * features[a.indices[static_cast<std::size_t>(k)]];
      row[i] = sum;
    }
  }
}

template void sparse_rows(const CsrMatrix<float>&, const float*, float*, std::int64_t, std::int64_t);
template void sparse_rows(const CsrMatrix<double>&, const double*, double*, std::int64_t, std::int64_t);

}  // namespace gracevae::impl::kernels
