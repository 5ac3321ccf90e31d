#pragma once
/// @file A fit looked at on control cells.
#include "run/diagnostics.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {

/// Number of columns of mu [n_cells, d] with a standard deviation (n) above 0.01.
std::int64_t count_active_units(const Tensor& mu);

/// Over at most 2,000 control cells, noise from the stream (seed, "diagnostics"); without gradients. `graph_start`: G
/// before the first step, undefined for models without one.
Diagnostics diagnose(const Model& model, const RunData& data, const RunOptions& options, double tau,
                     const Tensor& graph_start);

}  // namespace gracevae::impl
