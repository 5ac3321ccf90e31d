#pragma once
/// @file What a fit says of itself: whether encoder, labels and graph do anything.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "train/setup.hpp"

namespace gracevae {

struct Diagnostics {
  std::vector<double> kl_per_latent;  ///< nats, mean over control cells
  std::int64_t active_units = 0;      ///< latents whose mean μ varies over control cells with sd above 0.01
  std::int64_t latents_used = 0;      ///< distinct argmax of b over the labels, at the given temperature
  std::int64_t n_labels = 0;
  double max_abs_g = 0, mean_abs_g = 0;  ///< strict upper triangle; 0 for models without a DAG
};

/// Latents whose mean varies: columns of mu [n_cells, d] with a standard deviation (n) above 0.01.
std::int64_t count_active_units(const Tensor& mu);

/// Over at most 2,000 control cells, noise from the stream (seed, "diagnostics"); no gradient is made.
Diagnostics diagnose(const Model& model, const RunData& data, const RunOptions& options, double tau);

nlohmann::ordered_json to_json(const Diagnostics& diagnostics);
/// The same in one line for a person.
std::string to_text(const Diagnostics& diagnostics);
/// Plain sentences where the numbers say that a part does nothing; empty when all is well.
std::vector<std::string> warnings_of(const Diagnostics& diagnostics);

}  // namespace gracevae
