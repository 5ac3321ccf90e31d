#pragma once
/// @file Attention over a constant graph, with autograd.
#include <memory>

#include "causal/torch_compat.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Every node attends to its neighbours and itself. One kernel forward and backward on the CPU
/// (kernels/graph_attention.hpp): memory is linear in nodes x cells x channels, with neither storage nor an exponential
/// per edge.
class GraphAttention {
 public:
  /// `neighbours` [n_nodes, n_nodes]: row i has the sources of i; its values are not read. Computes the first n_out
  /// nodes.
  GraphAttention(const CsrMatrix<double>& neighbours, std::int64_t n_out);
  ~GraphAttention();

  /// out_i = Σ_j α_ij·values_j over j ∈ N(i) ∪ {i}, α = softmax_j of LeakyReLU_{0.2}(source_j + target_i), for each
  /// head. values [K·F, n_nodes, B] (head by head), source and target [K, n_nodes, B] → [K·F, n_out, B]. Gradients for
  /// all three. Falls back to by_tensors where weights would underflow (source differing by more than 80 in float32).
  /// @paper GraCE-VAE (encoder, GAT)
  /// @test tests/unit/model/graph_attention_test.cpp
  Tensor apply(const Tensor& values, const Tensor& source, const Tensor& target) const;
  /// Reference implementation by gather and scatter over [K, edges, B], on any device; used on CUDA.
  Tensor apply_by_tensors(const Tensor& values, const Tensor& source, const Tensor& target) const;

  struct Edges;

 private:
  std::shared_ptr<const Edges> edges_;
};

}  // namespace gracevae::impl
