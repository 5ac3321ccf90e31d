#pragma once
/// @file Products of a sparse node matrix with a batch of node features, without an [edges x batch] intermediate.
#include <cstdint>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl::kernels {

/// out[b, i] = Σ_j A[i, j]·x[b, j] for i < n_out, x [n_batch, A.n_cols] row-major, out [n_batch, n_out]. One pass over
/// the CSR matrix per cell, whose features stay in L1. Threads share the cells and each output is summed in CSR order,
/// so results do not depend on the thread count. Empty rows give 0. The backward pass is the same kernel with the
/// transposed matrix.
template <class T>
void sparse_rows(const CsrMatrix<T>& a, const T* x, T* out, std::int64_t n_batch, std::int64_t n_out);

}  // namespace gracevae::impl::kernels
