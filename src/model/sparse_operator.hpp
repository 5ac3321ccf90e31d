#pragma once
/// @file A constant sparse matrix that multiplies batches of node features, with autograd.
#include <memory>

#include "causal/torch_compat.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// A [n_nodes, n_nodes]; apply(x)[b, i] = Σ_j A[i, j]·x[b, j]. One CSR kernel forward and backward on the CPU
/// (kernels/neighbour_mean.hpp), a sparse-dense product on other devices.
class SparseOperator {
 public:
  /// Computes the first `n_out` rows: the genes for a last layer, all nodes for others.
  SparseOperator(const CsrMatrix<double>& a, std::int64_t n_out, const at::TensorOptions& options);
  ~SparseOperator();

  /// x [B, n_nodes] → [B, n_out]. Gradient for x.
  /// @test tests/unit/model/sparse_operator_test.cpp
  Tensor apply(const Tensor& x) const;
  /// Reference implementation by LibTorch's sparse product, on any device; used on CUDA.
  Tensor apply_by_tensors(const Tensor& x) const;

  struct Rows;  ///< the CSR and its transpose in the model's dtype

 private:
  std::shared_ptr<const Rows> rows_;
  Tensor sparse_tensor(const at::TensorOptions& options) const;
  Tensor matrix_;  ///< made once, on devices other than the CPU
};

}  // namespace gracevae::impl
