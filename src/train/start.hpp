#pragma once
/// @file Where the weights of a run start.
#include <nlohmann/json.hpp>
#include <string>

#include "train/regime_moments.hpp"

namespace gracevae::impl {

/// What is recorded of the start, in the checkpoint, options.toml and latents.json.
struct StartRecord {
  nlohmann::ordered_json
      values;    ///< plain numbers and lists (section [start] of options.toml); empty for a random start
  Tensor graph;  ///< [d, d] the latent graph before the first step; undefined without one
};

/// Puts what fits the model where train.start is auto, and says so where that is not moments; and the learning rate
/// that fits the start where it is −1.
void resolve_start(RunOptions& options, const RunData& data, const Model& model);

/// @throws ConfigError if the model's options do not allow the start that is asked for
void check_start(const RunOptions& options, const RunData& data, const Model& model);

/// Sets the model's weights as --start says (docs/calibrated.md):
/// - every start: the variances of a Gaussian likelihood are those of the training cells within their regimes;
/// - mean-shifts: label k on a latent of its own, whose decoder column is the label's mean shift in units of control's
///   spread along it; the graph 0; the encoder the posterior mean of that linear model (train/encoder_start.hpp);
/// - moments: besides, order, graph, shifts, mixing, mechanism and intervention of fit_moments.
/// Labels whose mean shift is within its sampling error keep it on a latent of their own, without edges.
StartRecord start_model(const RunOptions& options, const RunData& data, const RegimeMoments& moments,
                        const Model& model);

}  // namespace gracevae::impl
