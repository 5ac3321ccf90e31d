#pragma once
/// @file Diagnostics of a fit: whether encoder, labels and graph have any effect.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "train/setup.hpp"

namespace gracevae::impl {

/// A label's target: its main latent (argmax of b), the share on it, and the shift.
struct LabelTarget {
  std::int64_t latent;
  double sharpness, shift;
};

/// Changes of predictions are root mean squares over cells, genes and up to three labels of D(u), the decoder's output
/// under the label, in the scale of the values.
struct Diagnostics {
  std::vector<double> kl_per_latent;           ///< nats, mean over control cells
  std::vector<double> noise_sd;                ///< of each latent's exogenous noise z over control cells
  std::int64_t active_units = 0;               ///< latents whose mean μ varies over control cells with sd above 0.01
  double change_with_cell = 0;                 ///< when the encoder reads another control cell
  std::optional<double> change_with_pathways;  ///< when the pathway noise is redrawn; absent without such noise
  double change_with_noise = 0;                ///< when ε is redrawn
  double spread = 0;  ///< root of the genes' mean variance over control cells, to compare the changes with
  std::vector<LabelTarget> labels;  ///< at the given temperature, ordered as RunData::targets
  std::vector<std::string> names;   ///< theirs
  std::int64_t latents_used = 0;    ///< distinct argmax of b over the labels, at the given temperature
  std::int64_t n_labels = 0;
  double sharpness = 0;                              ///< mean over labels of max b: 1 = every label on one latent
  std::vector<std::int64_t> untargeted;              ///< latents that are no label's argmax
  bool has_graph = false;                            ///< whether the model has a latent DAG
  bool identifies_graph = false;                     ///< Model::identifies_graph
  double max_abs_g = 0, mean_abs_g = 0;              ///< strict upper triangle; 0 for models without a DAG
  double start_max_abs_g = 0, start_mean_abs_g = 0;  ///< of G before the first step
  double mean_change_of_g = 0;                       ///< mean |G − start|
  bool random_start = true;                          ///< whether G started from random numbers
};

/// Number of columns of mu [n_cells, d] with a standard deviation (n) above 0.01.
std::int64_t count_active_units(const Tensor& mu);

/// Over at most 2,000 control cells, noise from the stream (seed, "diagnostics"); without gradients. `graph_start`: G
/// before the first step, undefined for models without one.
Diagnostics diagnose(const Model& model, const RunData& data, const RunOptions& options, double tau,
                     const Tensor& graph_start);

nlohmann::ordered_json to_json(const Diagnostics& diagnostics);
/// One line for people.
std::string to_text(const Diagnostics& diagnostics);
/// Warnings, a sentence each, about parts that have no effect; empty if all is well.
std::vector<std::string> warnings_of(const Diagnostics& diagnostics);

}  // namespace gracevae::impl
