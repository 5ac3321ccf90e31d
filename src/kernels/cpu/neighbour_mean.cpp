#include "kernels/neighbour_mean.hpp"

namespace gracevae::kernels {

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

template <class T>
CsrMatrix<T> transposed(const CsrMatrix<T>& a, std::int64_t first_rows) {
  CsrMatrix<T> result;
  result.n_rows = a.n_cols;
  result.n_cols = first_rows;
  const std::int64_t n_entries = a.indptr[static_cast<std::size_t>(first_rows)];
  result.indptr.assign(static_cast<std::size_t>(a.n_cols) + 1, 0);
  for (std::int64_t k = 0; k < n_entries; ++k)
    ++result.indptr[static_cast<std::size_t>(a.indices[static_cast<std::size_t>(k)]) + 1];
  for (std::size_t j = 0; j < static_cast<std::size_t>(a.n_cols); ++j) result.indptr[j + 1] += result.indptr[j];
  std::vector<std::int64_t> next(result.indptr.begin(), result.indptr.end() - 1);
  result.indices.resize(static_cast<std::size_t>(n_entries));
  result.values.resize(static_cast<std::size_t>(n_entries));
  for (std::int64_t i = 0; i < first_rows; ++i) {
    const auto columns = a.row_indices(i);
    const auto values = a.row_values(i);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto slot = static_cast<std::size_t>(next[static_cast<std::size_t>(columns[k])]++);
      result.indices[slot] = static_cast<std::int32_t>(i);
      result.values[slot] = values[k];
    }
  }
  return result;
}

template void sparse_rows(const CsrMatrix<float>&, const float*, float*, std::int64_t, std::int64_t);
template void sparse_rows(const CsrMatrix<double>&, const double*, double*, std::int64_t, std::int64_t);
template CsrMatrix<float> transposed(const CsrMatrix<float>&, std::int64_t);
template CsrMatrix<double> transposed(const CsrMatrix<double>&, std::int64_t);

}  // namespace gracevae::kernels
