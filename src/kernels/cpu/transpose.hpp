#pragma once
/// @file Small matrices turned, so that a product finds its second factor in the order of its columns.
#include <gracevae/matrix.hpp>

namespace gracevae::impl::kernels {

/// The transpose of rows [n, m], without gaps, into `out` [m·n].
template <class T>
void transpose(MatrixView<const T> rows, T* out) {
  for (std::int64_t i = 0; i < rows.n_rows; ++i)
    for (std::int64_t j = 0; j < rows.n_cols; ++j) out[j * rows.n_rows + i] = rows(i, j);
}

}  // namespace gracevae::impl::kernels
