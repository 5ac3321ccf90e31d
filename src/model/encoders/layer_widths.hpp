#pragma once
/// @file Channels and heads of every layer of a graph encoder.
#include "run/model_options.hpp"

namespace gracevae::impl {

/// One layer: `n_in` numbers per node to `heads` · `channels`.
struct LayerWidth {
  std::int64_t n_in = 1, channels = 1, heads = 1;
  std::int64_t n_out() const { return channels * heads; }
};

/// From --gnn-channels and --gnn-heads: hidden layers, then one with one number per node. @throws ConfigError if a list
/// is not of integers of at least 1, or the two lists do not match.
std::vector<LayerWidth> layer_widths(const ModelOptions& options);

}  // namespace gracevae::impl
