#pragma once
/// @file Transposes small matrices, so that a product reads its second factor in order.
#include <gracevae/matrix.hpp>

namespace gracevae::impl::kernels {

/// Writes the transpose of rows [n, m] into `out` [m, n], contiguous.
template <class T>
void transpose(MatrixView<const T> rows, T* out) {
  for (std::int64_t i = 0; i < rows.n_rows; ++i)
    for (std::int64_t j = 0; j < rows.n_cols; ++j) out[j * rows.n_rows + i] = rows(i, j);
}

}  // namespace gracevae::impl::kernels
