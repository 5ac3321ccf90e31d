#pragma once
/// @file Where the encoder starts: the posterior mean of the latents in the fitted linear model.
#include <optional>

#include "train/moment_fit.hpp"

namespace gracevae::impl {

/// Sets fc1, fc_mean and fc_var to the posterior of z in the linear model: x → û by least squares with the prior's
/// covariance, then z = û − f(û)·G. Two hidden units, the LeakyReLU of ±a, pass on a and its positive part, so
/// 2·latents of them hold the posterior mean exactly. With fewer, some latents keep their own units and the others
/// share the directions in which z varies most over control.
/// Returns the share of that variance which the hidden units hold; nullopt, with nothing changed, where there are no
/// axes, fewer than two hidden units, or an encoder that cannot pass the genes on.
/// @test tests/unit/train/start_test.cpp
std::optional<double> start_encoder(const ShiftCoordinates& coordinates, const MomentFit& fit,
                                    const ModelOptions& options, const Model& model);

}  // namespace gracevae::impl
