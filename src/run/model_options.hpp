#pragma once
/// @file Options and shape of a model.
#include <cstdint>
#include <string>
#include <vector>

#include "base/options.hpp"

namespace gracevae::impl {

/// Section [model]. Defaults are the published best settings.
struct ModelOptions {
  std::string model = "grace-vae";
  std::string encoder = "sage";
  std::vector<std::string> gnn_channels{}, gnn_heads{};
  double sena_lambda = 0;
  std::string intervention_encoder = "mlp";
  std::string unknown_targets = "error";
  std::string effects = "none";  ///< auto: targets where there is a source (predicts_unseen)
  std::string effect_screens;    ///< files separated by commas
  std::string mechanism = "linear";
  std::string intervention = "shift";
  std::string combination = "sum";
  std::string decoder_output = "leaky-relu";
  std::string likelihood = "mse";
  bool linear_skip = false;
  bool abduction = false;
  std::string value_range = "any";
  std::int64_t n_latents = 0;
  std::int64_t hidden = 128;
  std::string pathway_values = "shared";
  std::string dtype = "float32";
  std::string precision = "full";

  void bind(OptionTable& table);
  /// Whether a factor on the sum of several targets' shifts is learned: not of knock-outs, which set levels.
  bool scales_combinations() const { return combination == "scaled" && intervention != "knockout"; }
};

/// Whether --encoder has a say in this model.
bool reads_encoder_option(const std::string& model);

/// Whether this model, with these parts, reads the context graph.
bool needs_network(const ModelOptions& options);

/// Whether this model's encoder reads values of pathways, where its graph has them.
bool reads_pathway_values(const ModelOptions& options);

/// Sizes that follow from options and data. The paper's letters in brackets.
struct ModelShape {
  std::int64_t n_genes = 0;       ///< p
  std::int64_t n_pathways = 0;    ///< q
  std::int64_t n_labels = 0;      ///< c, what a one-hot has: the targets that train, or the nodes of the target graph
  std::int64_t n_latents = 0;     ///< d
  std::int64_t hidden = 0;        ///< H
  std::int64_t n_embedding = 0;   ///< width of the cells' embedding, 0 without
  std::int64_t n_covariates = 0;  ///< columns of the cells' covariates (screen/covariates.hpp), 0 without
};

}  // namespace gracevae::impl
