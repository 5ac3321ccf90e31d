#pragma once
/// @file Options and shape of a model. Plain C++: rooms without LibTorch include it.
#include <cstdint>
#include <string>
#include <vector>

#include "base/options.hpp"

namespace gracevae {

/// Names in a registry's list, in its order.
inline std::vector<std::string> encoder_names() {
  return {
#define GRACEVAE_PART(symbol, name, meaning) name,
#include "model/encoders/encoders.inc"
#undef GRACEVAE_PART
  };
}
inline std::vector<std::string> intervention_encoder_names() {
  return {
#define GRACEVAE_PART(symbol, name, meaning) name,
#include "model/interventions/interventions.inc"
#undef GRACEVAE_PART
  };
}
inline std::vector<std::string> mechanism_names() {
  return {
#define GRACEVAE_PART(symbol, name, meaning) name,
#include "model/mechanisms/mechanisms.inc"
#undef GRACEVAE_PART
  };
}
inline std::vector<std::string> model_names() {
  return {
#define GRACEVAE_PART(symbol, name, meaning) name,
#include "model/models/models.inc"
#undef GRACEVAE_PART
  };
}

/// Section [model]. Defaults are the published best settings.
struct ModelOptions {
  std::string model = "grace-vae";
  std::string encoder = "sage";
  std::vector<std::string> gnn_channels{}, gnn_heads{};
  std::string intervention_encoder = "mlp";
  std::string mechanism = "linear";
  std::string intervention = "shift";
  std::string decoder_output = "leaky-relu";
  std::string likelihood = "mse";
  bool linear_skip = false;
  bool abduction = false;
  std::string value_range = "any";
  std::int64_t n_latents = 0;
  std::int64_t hidden = 128;
  std::string pathway_values = "shared";
  std::string dtype = "float32";

  void bind(OptionTable& table) {
    table.add("model", "model", model, "Model to train; see docs/models.md.").one_of(model_names());
    table.add("model", "encoder", encoder, "Graph encoder of the context graph. Ignored by models without a graph.")
        .one_of(encoder_names());
    table.add(
        "model", "gnn_channels", gnn_channels,
        "Channels of the graph encoder's hidden layers, as in 4,8; none: one layer. The last layer gives one number "
        "a node.");
    table.add("model", "gnn_heads", gnn_heads,
              "Heads of the graph encoder's hidden layers, whose channels are joined; none: one each. For gat.");
    table.add("model", "intervention_encoder", intervention_encoder, "How a label becomes a latent target and a shift.")
        .one_of(intervention_encoder_names());
    table
        .add("model", "mechanism", mechanism,
             "How a latent program acts on its children. The linear one's graph is not identified unless interventions "
             "change weights too.")
        .one_of(mechanism_names());
    table
        .add("model", "intervention", intervention,
             "What an intervention does to its target: adds a shift; scales its noise and the weights into it besides; "
             "or cuts a share of the weights into it besides.")
        .one_of({"shift", "scale", "cut"});
    table
        .add(
            "model", "decoder_output", decoder_output,
            "Last function of the decoder: LeakyReLU as published, or none, for values that scatter around their mean.")
        .one_of({"leaky-relu", "linear"});
    table
        .add(
            "model", "likelihood", likelihood,
            "How a control cell scatters around its reconstruction. mse: the published squared error, mean over genes. "
            "gaussian: a normal density with a variance for each gene, learned from the start of the data's own, summed "
            "over genes. gaussian-empirical: the same with the variance of the training cells within their regimes.")
        .one_of({"mse", "gaussian", "gaussian-empirical"});
    table.add("model", "linear_skip", linear_skip,
              "Adds a linear map from latents to genes beside the decoder's two layers.");
    table.add("model", "abduction", abduction,
              "A counterfactual cell keeps its control cell's own residual: x + D(u) - D(u0) instead of D(u).");
    table
        .add(
            "model", "value_range", value_range,
            "Values that a counterfactual cell can have. any: as the decoder gives them. nonnegative: those below 0 become "
            "0, as expression cannot be negative. data: nonnegative where no value of the screen is negative.")
        .one_of({"any", "nonnegative", "data"});
    table.add("model", "n_latents", n_latents, "Latent causal variables d; 0 = one for each trained target.")
        .at_least(0);
    table.add("model", "hidden", hidden, "Hidden width H of encoder, intervention encoder and decoder.").at_least(1);
    table
        .add(
            "model", "pathway_values", pathway_values,
            "Features of pathway nodes: one standard normal draw a step shared by the batch, one for each cell, zero, or "
            "measured, from --pathway-file. Ignored without pathway nodes; zero with --cell-embedding.")
        .one_of({"shared", "per-cell", "zero", "measured"});
    table.add("model", "dtype", dtype, "Floating-point type of weights and arithmetic.").one_of({"float32", "float64"});
  }
};

/// Sizes that follow from options and data. The paper's letters in brackets.
struct ModelShape {
  std::int64_t n_genes = 0;      ///< p
  std::int64_t n_pathways = 0;   ///< q
  std::int64_t n_labels = 0;     ///< c, trained single targets
  std::int64_t n_latents = 0;    ///< d
  std::int64_t hidden = 0;       ///< H
  std::int64_t n_embedding = 0;  ///< width of the cells' embedding, 0 without
};

}  // namespace gracevae
