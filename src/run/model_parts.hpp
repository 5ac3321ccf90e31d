#pragma once
/// @file What models are made of, by name. A row here and a .cpp in the part's folder of src/model add one.
#include <span>
#include <string>
#include <vector>

namespace gracevae::impl {

/// What a part takes of the network; its row says so where it is not `none`.
enum class NetworkUse {
  none,
  of_encoder,     ///< a model: what the encoder that --encoder names takes
  context_graph,  ///< the context graph; of an intervention encoder its gene-gene edges, for the smoothness term
  node_values,    ///< an encoder: besides, a value of every node, so of pathways, too
  target_graph,   ///< besides, the gene-gene graph in which every target has a place (network/target_graph.hpp)
  near_targets    ///< besides, the part of that graph near the screen's targets
};

struct PartName {
  const char* name;
  const char* meaning;
  NetworkUse network = NetworkUse::none;
};
inline constexpr PartName kEncoderNames[] = {
    {"identity", "no graph: the measured genes as they are"},
    {"sage", "GraphSAGE with mean aggregation", NetworkUse::node_values},
    {"gcn", "graph convolution with self loops", NetworkUse::node_values},
    {"gat", "graph attention with self loops", NetworkUse::node_values},
    {"multihot", "the genes, and which pathways have an expressed one", NetworkUse::context_graph},
};
inline constexpr PartName kInterventionEncoderNames[] = {
    {"mlp", "an MLP over the one-hot label, as published"},
    {"table", "free numbers a label that start on a latent of its own"},
    {"tri-value", "a target's place in the gene-gene graph, with the targets marked", NetworkUse::target_graph},
    {"tri-value-1hop", "the same on the targets and their neighbours", NetworkUse::near_targets},
    {"drop-edge", "a target's own numbers, its edges removed", NetworkUse::context_graph},
};
inline constexpr PartName kMechanismNames[] = {
    {"linear", "a child adds its parents, as published; its graph is not identified"},
    {"relu", "a child adds the positive part of its parents"},
    {"mlp", "a child adds a small network of its parents, one a latent"},
};
inline constexpr PartName kModelNames[] = {
    {"grace-vae", "causal discrepancy VAE whose encoder is conditioned on the context graph", NetworkUse::of_encoder},
    {"cmvae", "causal discrepancy VAE without a graph (Zhang et al. 2023)"},
    {"cmvae-multihot", "cmvae that reads which pathways have an expressed gene, too", NetworkUse::context_graph},
    {"vgae", "the encoder of grace-vae without a latent graph", NetworkUse::of_encoder},
    {"sena", "cmvae whose first layer has a unit for each gene set", NetworkUse::context_graph},
    {"control", "the control cells themselves"},
    {"mean-shift", "control cells and the mean shift of all trained labels"},
    {"additive", "control cells and the sum of the targets' own mean shifts"},
    {"linear", "control cells and a low-rank linear map of the targets' gene embeddings"},
};

/// The names of a table, in its order.
inline std::vector<std::string> names_of(std::span<const PartName> parts) {
  std::vector<std::string> names;
  for (const PartName& part : parts) names.emplace_back(part.name);
  return names;
}
inline std::vector<std::string> encoder_names() { return names_of(kEncoderNames); }
inline std::vector<std::string> intervention_encoder_names() { return names_of(kInterventionEncoderNames); }
inline std::vector<std::string> mechanism_names() { return names_of(kMechanismNames); }
inline std::vector<std::string> model_names() { return names_of(kModelNames); }

/// `none` for a name that is not in the table.
inline NetworkUse network_use(std::span<const PartName> parts, const std::string& name) {
  for (const PartName& part : parts)
    if (part.name == name) return part.network;
  return NetworkUse::none;
}

}  // namespace gracevae::impl
