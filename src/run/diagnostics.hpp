#pragma once
/// @file What a fit says of itself: whether encoder, labels and graph do anything.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gracevae::impl {

/// What a label does: the latent that it hits most (argmax of b), its share on it, and its shift.
struct LabelTarget {
  std::int64_t latent;
  double sharpness, shift;
};

/// Changes of predictions are root mean squares over cells, genes and up to three labels of D(u), what the decoder
/// gives under the label, in the values' own scale.
struct Diagnostics {
  std::vector<double> kl_per_latent;           ///< nats, mean over control cells
  std::vector<double> noise_sd;                ///< of each latent's exogenous noise z over control cells
  std::int64_t active_units = 0;               ///< latents whose mean μ varies over control cells with sd above 0.01
  double change_with_cell = 0;                 ///< the encoder reads another control cell instead
  std::optional<double> change_with_pathways;  ///< the pathway noise is drawn anew; absent without such noise
  double change_with_noise = 0;                ///< ε is drawn anew
  double spread = 0;  ///< root of the genes' mean variance over control cells: what the changes compare with
  std::vector<LabelTarget> labels;  ///< at the given temperature, in the order of RunData::targets
  std::vector<std::string> names;   ///< theirs
  std::int64_t latents_used = 0;    ///< distinct argmax of b over the labels, at the given temperature
  std::int64_t n_labels = 0;
  double sharpness = 0;                              ///< mean over labels of max b: 1 = every label on one latent
  std::vector<std::int64_t> untargeted;              ///< latents that are no label's argmax
  bool has_graph = false;                            ///< whether the model has a latent DAG at all
  std::string mechanism;                             ///< of the graph
  bool identifies_graph = false;                     ///< Model::identifies_graph
  double max_abs_g = 0, mean_abs_g = 0;              ///< strict upper triangle; 0 for models without a DAG
  double start_max_abs_g = 0, start_mean_abs_g = 0;  ///< of G before the first step
  double mean_change_of_g = 0;                       ///< mean |G − start|
  bool random_start = true;                          ///< whether G began as random numbers
};

nlohmann::ordered_json to_json(const Diagnostics& diagnostics);
/// The other way round, for what to_json has: labels, `mechanism` and `random_start` are the caller's to set. A graph
/// whose weights are all 0 counts as none. What an older version did not write gives no warning.
Diagnostics diagnostics_of(const nlohmann::ordered_json& json);
/// The same in one line for a person.
std::string to_text(const Diagnostics& diagnostics);
/// Plain sentences where the numbers say that a part does nothing; empty when all is well.
std::vector<std::string> warnings_of(const Diagnostics& diagnostics);

}  // namespace gracevae::impl
