#pragma once
/// @file Products of a sparse node matrix with a batch of node features: neighbour means without a scatter of [edges x
/// batch].
#include <cstdint>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl::kernels {

/// out[b, i] = Σ_j A[i, j]·x[b, j] for i < n_out, x [n_batch, A.n_cols] row-major, out [n_batch, n_out]. One pass over
/// the CSR for each cell, whose features stay in the nearest cache; cells are shared among threads, each output is
/// summed in CSR order by one thread, so the result does not depend on the thread count. Rows without entries give 0.
/// Backward is the same kernel with the transpose (base/matrix.hpp) of the rows that were read.
template <class T>
void sparse_rows(const CsrMatrix<T>& a, const T* x, T* out, std::int64_t n_batch, std::int64_t n_out);

}  // namespace gracevae::impl::kernels
