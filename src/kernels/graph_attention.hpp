#pragma once
/// @file Attention over the neighbours of every node of a graph, for a batch of cells that share the graph.
#include <cstdint>
#include <span>

namespace gracevae::kernels {

/// Neighbours of node i: indices[indptr[i] … indptr[i + 1]), the node itself not among them.
struct Neighbours {
  std::span<const std::int64_t> indptr;
  std::span<const std::int32_t> indices;
};

/// One head. Cells are innermost, so that an edge is one vector operation over all of them.
template <class T>
struct AttentionHead {
  const T* values = nullptr;  ///< [F, N, B] of the transformed nodes
  const T* source = nullptr;  ///< [N, B] what a node adds to the logits of its outgoing edges
  const T* target = nullptr;  ///< [N, B] … of its incoming ones
  std::int64_t n_channels = 0, n_nodes = 0, n_cells = 0;
};

/// out_i = Σ_j α_ij·values_j over j ∈ N(i) ∪ {i}, α = softmax_j of LeakyReLU_{0.2}(source_j + target_i), for the first
/// n_out nodes. out [F, n_out, B]; log_sum [n_out, B] the logarithm of the softmax's denominator. No number an edge is
/// kept. Each node is summed by one thread, so results do not depend on the thread count.
/// @paper GraCE-VAE (encoder, GAT)
template <class T>
void attend(const Neighbours& incoming, const AttentionHead<T>& head, std::int64_t n_out, T* out, T* log_sum);

/// Gradients of attend, α being computed again. grad_out and out [F, n_out, B]; grad_values [F, N, B], grad_source and
/// grad_target [N, B] are overwritten. `outgoing`: the transpose of `incoming`.
template <class T>
void attend_backward(const Neighbours& incoming, const Neighbours& outgoing, const AttentionHead<T>& head,
                     std::int64_t n_out, const T* out, const T* log_sum, const T* grad_out, T* grad_values,
                     T* grad_source, T* grad_target);

}  // namespace gracevae::kernels
