#pragma once
/// @file Features of the context graph's nodes.
#include "causal/torch_compat.hpp"

namespace gracevae::impl {

/// Genes then pathways, [B, p + q]: x [B, p] and pathway_values [q] (the same for every cell), [B, q], or undefined (no
/// pathways).
/// @paper GraCE-VAE (node features)
inline Tensor node_features(const Tensor& x, const Tensor& pathway_values) {
  if (!pathway_values.defined()) return x;
  return at::cat({x, pathway_values.dim() == 1 ? pathway_values.unsqueeze(0).expand({x.size(0), -1}) : pathway_values},
                 1);
}

}  // namespace gracevae::impl
