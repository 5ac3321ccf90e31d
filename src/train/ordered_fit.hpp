#pragma once
/// @file The fit of moments for one order of the latents, through the model's own mechanism.
#include "train/graph_fit.hpp"
#include "train/moment_fit.hpp"

namespace gracevae::impl {

/// Graph, shifts, mixing, mechanism and intervention for latents in `order`, by L-BFGS with gradients of autograd;
/// edges by the Bayesian information criterion. For mechanisms whose gradient GraphFit does not have: networks. Minutes
/// from about twenty labels on.
/// @throws Interrupted on request.
/// @test tests/unit/train/moment_fit_test.cpp
MomentFit fit_in_order(const RunOptions& options, const RunData& data, const GraphMoments& moments,
                       const ShiftCoordinates& coordinates, bool bends, const std::vector<std::int64_t>& order);

}  // namespace gracevae::impl
