#include "model/models/causal_vae.hpp"

#include "base/error.hpp"
#include "network/context_graph.hpp"
#include "run/model_parts.hpp"

namespace gracevae::impl {

namespace {

constexpr auto kNormal = Linear::Start::normal;

/// fc1, or the masked layer instead of it.
Linear make_first_layer(Parameters& parameters, std::int64_t n_in, std::int64_t hidden, const Tensor& mask) {
  if (!mask.defined()) return {parameters, "fc1", n_in, hidden, kNormal};
  return {parameters, "sets", n_in, mask.size(0), kNormal, mask.to(parameters.options())};
}

}  // namespace

CausalVae::CausalVae(const ModelOptions& options, const ModelContext& context, const CausalVaeKind& kind)
    : Model(context.shape, tensor_options(options, context), context.seed),
      encoder_(make_encoder(kind.encoder, parts(options, context))),
      fc1_(make_first_layer(parameters_, encoder_->n_outputs() + shape_.n_embedding + shape_.n_covariates,
                            shape_.hidden, kind.first_layer_mask)),
      fc_mean_(parameters_, "fc_mean", fc1_.n_out(), shape_.n_latents, kNormal),
      fc_var_(parameters_, "fc_var", fc1_.n_out(), shape_.n_latents, kNormal),
      g_(kind.has_dag ? parameters_.add_normal("G", {shape_.n_latents, shape_.n_latents}, 0.1) : Tensor()),
      interventions_(make_intervention_encoder(options.intervention_encoder, parts(options, context))),
      mechanism_(kind.has_dag ? make_mechanism(options.mechanism, parts(options, context)) : nullptr),
      soft_intervention_(options.intervention, parts(options, context)),
      d1_(parameters_, "d1", shape_.n_latents, shape_.hidden, kNormal),
      d2_(parameters_, "d2", shape_.hidden + shape_.n_covariates, shape_.n_genes, kNormal),
      linear_output_(options.decoder_output == "linear"), abduction_(options.abduction),
      nonnegative_(options.value_range == "nonnegative"),
      identifies_graph_(kind.has_dag && (options.mechanism != "linear" || options.intervention != "shift")) {
  if (!kind.has_dag && options.intervention != "shift")
    throw ConfigError("model.intervention " + options.intervention +
                          " acts on weights of a latent graph, and model.model " + options.model + " has none",
                      "leave model.intervention out, or train model.model grace-vae");
  if (options.linear_skip) skip_ = parameters_.add_constant("skip.weight", {shape_.n_latents, shape_.n_genes}, 0);
  if (options.scales_combinations()) combination_scale_ = parameters_.add_constant("combination_scale", {1}, 1);
  if (options.likelihood != "mse") log_variance_ = parameters_.add_constant("log_variance", {shape_.n_genes}, 0);
  if (options.likelihood == "gaussian-empirical") log_variance_ = log_variance_.detach();  // stays fixed
  has_pathways_ = shape_.n_pathways > 0 && network_use(kEncoderNames, kind.encoder) == NetworkUse::node_values;
  const bool smooth =
      kind.smooth || network_use(kInterventionEncoderNames, options.intervention_encoder) != NetworkUse::none;
  if (smooth && context.neighbours)
    laplacian_.emplace(gene_laplacian(*context.neighbours, shape_.n_genes), shape_.n_genes, parameters_.options());
}

PartContext CausalVae::parts(const ModelOptions& options, const ModelContext& context) {
  return {options, shape_, context.neighbours, parameters_, context.target_graph};
}

void CausalVae::encode_hidden(const ModelInput& input, ModelOutput& output) const {
  output.mu = fc_mean_(output.hidden);
  output.var = at::softplus(fc_var_(output.hidden));
  output.z = output.mu + at::sqrt(output.var) * input.epsilon;
}

Tensor CausalVae::first_input(const Tensor& genes, const ModelInput& input) const {
  Tensor result = genes;
  for (const Tensor* more : {&input.embedding, &input.covariates})
    if (more->defined()) result = at::cat({result, *more}, 1);
  return result;
}

Tensor CausalVae::decode(const Tensor& u, const Tensor& covariates) const {
  Tensor hidden = activation(d1_(u));
  if (shape_.n_covariates > 0)
    hidden =
        at::cat({hidden, covariates.defined() ? covariates : at::zeros({u.size(0), shape_.n_covariates}, u.options())},
                1);
  Tensor genes = d2_(hidden);
  if (skip_.defined()) genes = genes + at::mm(u, skip_);
  return linear_output_ ? genes : activation(genes);
}

std::optional<CausalVae::Smoothness> CausalVae::smoothness_product() const {
  if (!laplacian_) return std::nullopt;
  const Tensor held = d2_.weight().detach();
  const Tensor product = laplacian_->apply(held.t()).t().contiguous();
  return Smoothness{(held * product).sum(), product};
}

Tensor CausalVae::smoothness() const {
  const auto smoothness = smoothness_product();
  if (!smoothness) return {};
  // Σ W ⊙ LW; L is symmetric, so the gradient is 2·LW and needs no backward pass of the sparse product.
  return 2 * (d2_.weight() * smoothness->product).sum() - smoothness->value;
}

Tensor CausalVae::within_range(const Tensor& cells) const { return nonnegative_ ? at::clamp_min(cells, 0) : cells; }

CausalVae::Between CausalVae::between(const Tensor& first, const ModelInput& input, bool from_prior) const {
  ModelOutput output;
  output.hidden = activation(first + fc1_.bias());
  encode_hidden(input, output);
  const Tensor u0 = solve(output.z, Tensor()),
               u = latents(from_prior ? input.epsilon : output.z, input.targets, input.tau, input.dropout);
  const Tensor both = at::cat({u0, u});
  return {output.mu, output.var, both, activation(d1_(both))};
}

std::vector<Tensor> CausalVae::interventions_of(const std::vector<Tensor>& targets) const {
  if (targets.size() < 2 || !interventions_->encodes_together()) return targets;
  const Tensor all = at::stack(targets);
  if (all.size(1) == 1) return {all.mean(0)};
  const Tensor sum = all.sum(0);  // of cells with as many targets as they have
  return {sum / sum.sum(1, true)};
}

Tensor CausalVae::combination_factor(const std::vector<Tensor>& targets, std::int64_t n_added) const {
  if (!combination_scale_.defined()) return {};
  if (targets.empty()) return n_added > 1 ? combination_scale_ : Tensor();
  Tensor n_targets = at::stack(targets).sum(0).sum(1, true);
  if (n_added > 0) n_targets = n_targets + n_added;
  return 1 + (combination_scale_ - 1) * n_targets.gt(1.5).to(combination_scale_.options());
}

Tensor CausalVae::shift_of(const std::vector<Tensor>& targets, double tau, const Tensor& dropout) const {
  const Tensor sum = SoftIntervention::total_shift(encode_all(interventions_of(targets), tau, dropout)),
               factor = combination_factor(targets);
  return factor.defined() ? sum * factor : sum;
}

std::vector<EncodedTarget> CausalVae::encode_all(const std::vector<Tensor>& interventions, double tau,
                                                 const Tensor& dropout) const {
  std::vector<EncodedTarget> encoded;
  for (const Tensor& shares : interventions) encoded.push_back(interventions_->encode(shares, tau, dropout));
  return encoded;
}

Tensor CausalVae::solve(const Tensor& noise, const Tensor& incoming) const {
  return mechanism_ ? mechanism_->solve(noise, incoming, g_) : noise;
}

Tensor CausalVae::latents(const Tensor& z, const std::vector<Tensor>& targets, double tau, const Tensor& dropout,
                          std::int64_t n_added) const {
  const std::vector<Tensor> interventions = interventions_of(targets);
  const IntervenedNoise intervened = soft_intervention_.apply(z, interventions, encode_all(interventions, tau, dropout),
                                                              combination_factor(targets, n_added));
  return solve(intervened.noise, intervened.incoming);
}

Tensor CausalVae::further_change(const ModelInput& input) const {
  ModelInput scaled{.x = {}, .epsilon = {}, .added = input.added, .besides = input.besides};
  if (const Tensor factor = combination_factor(input.targets, input.n_added); factor.defined() && input.added.defined())
    scaled.added = input.added * factor;
  return Model::further_change(scaled);
}

ModelOutput CausalVae::forward(const ModelInput& input) const {
  ModelOutput output;
  output.g = encoder_->forward(input.x, input.pathway_values);
  output.hidden = activation(fc1_(first_input(output.g, input)));
  encode_hidden(input, output);
  const std::vector<Tensor> interventions = interventions_of(input.targets);
  output.targets = encode_all(interventions, input.tau, input.dropout);
  output.u0 = solve(output.z, Tensor());
  output.x_hat = decode(output.u0, input.covariates);
  output.u = output.u0;
  output.decoded = output.x_hat;
  if (!interventions.empty()) {
    const IntervenedNoise intervened = soft_intervention_.apply(output.z, interventions, output.targets,
                                                                combination_factor(input.targets, input.n_added));
    output.shift = intervened.shift;
    output.u = solve(intervened.noise, intervened.incoming);
    output.decoded = decode(output.u, input.covariates);
  }
  const bool intervened = !interventions.empty() || input.n_added > 0;
  output.y_hat = abduction_ && intervened ? input.x + output.decoded - output.x_hat : output.decoded;
  if (const Tensor change = further_change(input); change.defined()) output.y_hat = output.y_hat + change;
  output.y_hat = within_range(output.y_hat);
  return output;
}

}  // namespace gracevae::impl
