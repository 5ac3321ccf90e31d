#pragma once
/// @file Node features with several channels, [B, C, nodes].
#include "model/encoders/layer_widths.hpp"
#include "model/sparse_operator.hpp"

namespace gracevae::impl {

/// Applies the operator to every channel of every cell: x [B, C, n_nodes] → [B, C, n_out].
inline Tensor apply_to_channels(const SparseOperator& a, const Tensor& x) {
  return a.apply(x.reshape({x.size(0) * x.size(1), x.size(2)})).view({x.size(0), x.size(1), -1});
}

/// W x for every node: weight [C', C] (one number: [1]), x [B, C, n] → [B, C', n].
inline Tensor mix_channels(const Tensor& weight, const Tensor& x) {
  return weight.numel() == 1 ? x * weight.reshape({1}) : at::matmul(weight, x);
}

/// "gnn." for the only layer, else "gnn.0.", "gnn.1.", …
inline std::string layer_name(std::size_t layer, std::size_t n_layers) {
  return n_layers == 1 ? "gnn." : "gnn." + std::to_string(layer) + ".";
}

}  // namespace gracevae::impl
