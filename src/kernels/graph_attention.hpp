#pragma once
/// @file Sums over the neighbours of every node, for attention on a batch of cells that share one graph.
#include <cstdint>
#include <span>

namespace gracevae::impl::kernels {

/// Neighbours of node i: indices[indptr[i] … indptr[i + 1]), without i itself.
struct Neighbours {
  std::span<const std::int64_t> indptr;
  std::span<const std::int32_t> indices;
};

/// One head. Cells are innermost, so that an edge is one vector operation over all of them; everything that a node
/// sends is contiguous.
template <class T>
struct SplitTerms {
  const T* rows = nullptr;  ///< [N, 3 + F, B] of every sender j: its part from_j of the logit, its factors high_j where
                            ///< the logit is above 0 and low_j where it is not, and the values_j that it sends
  const T* to = nullptr;    ///< [M, B] the receiver's part of the logit
  std::int64_t n_channels = 0, n_from = 0, n_to = 0, n_cells = 0;  ///< F, N, M, B
};

/// Sums over j ∈ N(i) ∪ {i} with j < N, apart for the sign of the logit from_j + to_i:
/// high_if = Σ_{logit > 0} high_j·values_jf and low_if = Σ_{logit ≤ 0} low_j·values_jf, each [M, F, B]. No memory is
/// used per edge. Each node is summed by one thread, so results do not depend on the thread count.
template <class T>
void split_sums(const Neighbours& neighbours, const SplitTerms<T>& terms, T* high, T* low);

}  // namespace gracevae::impl::kernels
