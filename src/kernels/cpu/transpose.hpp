#pragma once
/// @file Small matrices turned, so that a product finds its second factor in the order of its columns.
#include "base/aligned_vector.hpp"
#include "base/matrix.hpp"

namespace gracevae::kernels {

/// The transpose of rows [n, m], without gaps, into `out` [m·n].
template <class T, class Numbers>
void transpose(MatrixView<const T> rows, Numbers& out) {
  out.resize(static_cast<std::size_t>(rows.n_rows * rows.n_cols));
  for (std::int64_t i = 0; i < rows.n_rows; ++i)
    for (std::int64_t j = 0; j < rows.n_cols; ++j) out[static_cast<std::size_t>(j * rows.n_rows + i)] = rows(i, j);
}

template <class T>
AlignedVector<T> transposed(MatrixView<const T> rows) {
  AlignedVector<T> result;
  transpose(rows, result);
  return result;
}

}  // namespace gracevae::kernels
