#include "run/model_options.hpp"

#include "run/model_parts.hpp"
#include "screen/shift_model.hpp"

namespace gracevae::impl {

void ModelOptions::bind(OptionTable& table) {
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
          "A target that the intervention encoder cannot place: one that never trained or, with tri-value and "
          "tri-value-1hop, one without protein interactions. error: it is refused by name. fallback: it is read as all "
          "trained labels together, with equal shares; tri-value gives one that trains a node without edges instead.")
      .one_of({"error", "fallback"});
  table
      .add(
          "model", "effects", effects,
          "What a target does that has no place in the model. none: model.unknown_targets. targets: its effect on the "
          "genes is predicted from those of the targets that train, by the network and model.effect_screens "
          "(docs/effects.md), and added to the generated cells. kernel: besides, pairs get what the process over pairs "
          "that train says. auto: targets where there is such a source and the intervention encoder reads no graph.")
      .one_of({"auto", "none", "targets", "kernel"});
  table.add("model", "effect_screens", effect_screens,
            "Other screens for model.effects, separated by commas: runs, screens or tables of effects.");
  table
      .add("model", "mechanism", mechanism,
           "How a latent program acts on its children. The linear one's graph is not identified unless interventions "
           "change weights too. Ignored by models without a latent graph.")
      .one_of(mechanism_names());
  table
      .add(
          "model", "intervention", intervention,
          "What an intervention does to its target. shift: adds a shift. scale: scales its noise and the weights into it "
          "besides. cut: cuts a share of the weights into it besides. knockout: fixes it at a level, whatever acts on it.")
      .one_of({"shift", "scale", "cut", "knockout"});
  table
      .add(
          "model", "combination", combination,
          "What several targets of one cell do together. sum: their shifts add up, as published. scaled: their sum times "
          "a constant, which is learned from the combinations that train and is 1 where none does. Ignored with "
          "model.intervention knockout.")
      .one_of({"sum", "scaled"});
  table
      .add("model", "decoder_output", decoder_output,
           "Last function of the decoder: LeakyReLU as published, or none, for values that scatter around their mean.")
      .one_of({"leaky-relu", "linear"});
  table
      .add("model", "likelihood", likelihood,
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
      .range(0, 1e5);
  table.add("model", "hidden", hidden, "Hidden width H of encoder, intervention encoder and decoder.").range(1, 1e5);
  table
      .add(
          "model", "pathway_values", pathway_values,
          "Features of pathway nodes: one standard normal draw a step shared by the batch, one for each cell, zero, or "
          "measured, from features.pathway_file. Ignored without pathway nodes; zero with features.cell_embedding.")
      .one_of({"shared", "per-cell", "zero", "measured"});
  table.add("model", "dtype", dtype, "Floating-point type of weights and arithmetic.").one_of({"float32", "float64"});
  table
      .add(
          "model", "precision", precision,
          "In what the products with the layers as wide as the genes are computed in training. full: in model.dtype. bf16: "
          "factors rounded to bfloat16, sums, weights and moments in float32; needs the sliced engine and model.dtype "
          "float32.")
      .one_of({"full", "bf16"});
}

bool reads_encoder_option(const std::string& model) {
  return network_use(kModelNames, model) == NetworkUse::of_encoder;
}

bool needs_network(const ModelOptions& options) {
  if (is_shift_model(options.model)) return false;
  const NetworkUse encoder = reads_encoder_option(options.model) ? network_use(kEncoderNames, options.encoder)
                                                                 : network_use(kModelNames, options.model);
  return encoder != NetworkUse::none ||
         network_use(kInterventionEncoderNames, options.intervention_encoder) != NetworkUse::none;
}

bool reads_pathway_values(const ModelOptions& options) {
  return reads_encoder_option(options.model) && network_use(kEncoderNames, options.encoder) == NetworkUse::node_values;
}

}  // namespace gracevae::impl
