#pragma once
/// @file Channels and heads of every layer of a graph encoder.
#include "run/model_options.hpp"

namespace gracevae::impl {

/// One layer: `heads` · `channels` numbers a node come out of `n_in`.
struct LayerWidth {
  std::int64_t n_in = 1, channels = 1, heads = 1;
  std::int64_t n_out() const { return channels * heads; }
};

/// Of --gnn-channels and --gnn-heads: hidden layers, then one that gives one number a node. ConfigError: a list that
/// does not say whole numbers of at least 1, heads for another number of layers.
std::vector<LayerWidth> layer_widths(const ModelOptions& options);

}  // namespace gracevae::impl
