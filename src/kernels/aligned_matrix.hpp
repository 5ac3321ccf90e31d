#pragma once
/// @file A row-major matrix aligned to cache lines, reused from step to step.
#include "base/aligned_vector.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl::kernels {

template <class T>
class AlignedMatrix {
 public:
  /// Resizes; contents unspecified.
  void fit(std::int64_t n_rows, std::int64_t n_cols) {
    n_rows_ = n_rows;
    n_cols_ = n_cols;
    values_.resize(static_cast<std::size_t>(n_rows * n_cols));
  }
  std::int64_t n_cols() const { return n_cols_; }
  T* row(std::int64_t i) { return values_.data() + i * n_cols_; }
  const T* row(std::int64_t i) const { return values_.data() + i * n_cols_; }
  MatrixView<T> rows(std::int64_t first, std::int64_t end) { return {row(first), end - first, n_cols_}; }
  MatrixView<const T> rows(std::int64_t first, std::int64_t end) const { return {row(first), end - first, n_cols_}; }
  MatrixView<const T> view() const { return rows(0, n_rows_); }

 private:
  std::int64_t n_rows_ = 0, n_cols_ = 0;
  AlignedVector<T> values_;
};

}  // namespace gracevae::impl::kernels
