#pragma once
/// @file Options and shape of a model. Plain C++: rooms without LibTorch include it.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/options.hpp"
#include "screen/shift_model.hpp"

namespace gracevae::impl {

/// What a part needs of the network; set in its list unless `none`.
enum class NetworkUse {
  none,
  of_encoder,     ///< a model: what its encoder (--encoder) needs
  context_graph,  ///< the context graph; an intervention encoder: its gene-gene edges, for the smoothness term
  node_values,    ///< an encoder: also a value for every node, pathways included
  target_graph,   ///< also the gene-gene graph of which every target is a node (network/target_graph.hpp)
  near_targets    ///< also the part of that graph near the screen's targets
};

/// An entry of a registry's list.
struct PartName {
  const char* name;
  NetworkUse network = NetworkUse::none;
};
#define GRACEVAE_PART(symbol, name, meaning, ...) {name __VA_OPT__(, NetworkUse::__VA_ARGS__)},
inline constexpr PartName kEncoderNames[] = {
#include "model/encoders/encoders.inc"
};
inline constexpr PartName kInterventionEncoderNames[] = {
#include "model/interventions/interventions.inc"
};
inline constexpr PartName kMechanismNames[] = {
#include "model/mechanisms/mechanisms.inc"
};
inline constexpr PartName kModelNames[] = {
#include "model/models/models.inc"
};
#undef GRACEVAE_PART

/// The names in a list, in order.
inline std::vector<std::string> names_of(std::span<const PartName> parts) {
  std::vector<std::string> names;
  for (const PartName& part : parts) names.emplace_back(part.name);
  return names;
}
inline std::vector<std::string> encoder_names() { return names_of(kEncoderNames); }
inline std::vector<std::string> intervention_encoder_names() { return names_of(kInterventionEncoderNames); }
inline std::vector<std::string> mechanism_names() { return names_of(kMechanismNames); }
inline std::vector<std::string> model_names() { return names_of(kModelNames); }

/// `none` for a name that is not in the list.
inline NetworkUse network_use(std::span<const PartName> parts, const std::string& name) {
  for (const PartName& part : parts)
    if (part.name == name) return part.network;
  return NetworkUse::none;
}

/// Section [model]. Defaults are the published best settings.
struct ModelOptions {
  std::string model = "grace-vae";
  std::string encoder = "sage";
  std::vector<std::string> gnn_channels{}, gnn_heads{};
  double sena_lambda = 0;
  std::string intervention_encoder = "mlp";
  std::string unknown_targets = "error";
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
  std::string precision = "full";

  void bind(OptionTable& table) {
    table.add("model", "model", model, "Model to train; see docs/models.md.").one_of(model_names());
    table.add("model", "encoder", encoder, "Encoder of the context graph. For grace-vae and vgae.")
        .one_of(encoder_names());
    table.add(
        "model", "gnn_channels", gnn_channels,
        "Channels of the graph encoder's hidden layers, as in 4,8; none: one layer. The last layer gives one number "
        "a node.");
    table.add("model", "gnn_heads", gnn_heads,
              "Heads of the graph encoder's hidden layers, whose channels are joined; none: one each. For gat.");
    table
        .add("model", "sena_lambda", sena_lambda,
             "Factor on the weights from a gene to gene sets it is not in. sena only.")
        .at_least(0);
    table.add("model", "intervention_encoder", intervention_encoder, "How a label becomes a latent target and a shift.")
        .one_of(intervention_encoder_names());
    table
        .add(
            "model", "unknown_targets", unknown_targets,
            "A target that the intervention encoder cannot place: one that never trained alone or, with tri-value and "
            "tri-value-1hop, one without protein interactions. error: it is refused by name. fallback: it is read as all "
            "trained labels together, with equal shares; tri-value gives one that trains a node without edges instead.")
        .one_of({"error", "fallback"});
    table
        .add("model", "mechanism", mechanism,
             "How a latent program acts on its children. The linear one's graph is not identified unless interventions "
             "change weights too. Ignored by models without a latent graph.")
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
    table
        .add(
            "model", "precision", precision,
            "In what the products with the layers as wide as the genes are computed in training. full: in --dtype. bf16: "
            "factors rounded to bfloat16, sums, weights and moments in float32; needs the sliced engine and --dtype "
            "float32.")
        .one_of({"full", "bf16"});
  }
};

/// Whether --encoder applies to this model.
inline bool reads_encoder_option(const std::string& model) {
  return network_use(kModelNames, model) == NetworkUse::of_encoder;
}

/// Whether this model, with these parts, reads the context graph.
inline bool needs_network(const ModelOptions& options) {
  if (is_shift_model(options.model)) return false;
  const NetworkUse encoder = reads_encoder_option(options.model) ? network_use(kEncoderNames, options.encoder)
                                                                 : network_use(kModelNames, options.model);
  return encoder != NetworkUse::none ||
         network_use(kInterventionEncoderNames, options.intervention_encoder) != NetworkUse::none;
}

/// Whether this model's encoder reads values of pathways, if its graph has any.
inline bool reads_pathway_values(const ModelOptions& options) {
  return reads_encoder_option(options.model) && network_use(kEncoderNames, options.encoder) == NetworkUse::node_values;
}

/// Sizes that follow from options and data, with the paper's letters.
struct ModelShape {
  std::int64_t n_genes = 0;      ///< p
  std::int64_t n_pathways = 0;   ///< q
  std::int64_t n_labels = 0;     ///< c, length of a one-hot: the labels, or the nodes of the target graph
  std::int64_t n_latents = 0;    ///< d
  std::int64_t hidden = 0;       ///< H
  std::int64_t n_embedding = 0;  ///< width of the cells' embedding, 0 without
};

}  // namespace gracevae::impl
