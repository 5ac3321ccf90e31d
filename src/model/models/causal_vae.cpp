#include "model/models/causal_vae.hpp"

namespace gracevae {

namespace {

at::TensorOptions tensor_options(const ModelOptions& options, const ModelContext& context) {
  return at::TensorOptions().dtype(options.dtype == "float64" ? at::kDouble : at::kFloat).device(context.device);
}

constexpr auto kNormal = Linear::Start::normal;

}  // namespace

CausalVae::CausalVae(const ModelOptions& options, const ModelContext& context, const std::string& encoder)
    : Model(context.shape, tensor_options(options, context), context.seed),
      encoder_(make_encoder(encoder, {options, shape_, context.neighbours, parameters_})),
      fc1_(parameters_, "fc1", encoder_->n_outputs() + shape_.n_embedding, shape_.hidden, kNormal),
      fc_mean_(parameters_, "fc_mean", shape_.hidden, shape_.n_latents, kNormal),
      fc_var_(parameters_, "fc_var", shape_.hidden, shape_.n_latents, kNormal),
      g_(parameters_.add_normal("G", {shape_.n_latents, shape_.n_latents}, 0.1)),
      interventions_(
          make_intervention_encoder(options.intervention_encoder, {options, shape_, context.neighbours, parameters_})),
      mechanism_(make_mechanism(options.mechanism, {options, shape_, context.neighbours, parameters_})),
      soft_intervention_(options.intervention, {options, shape_, context.neighbours, parameters_}),
      d1_(parameters_, "d1", shape_.n_latents, shape_.hidden, kNormal),
      d2_(parameters_, "d2", shape_.hidden, shape_.n_genes, kNormal),
      linear_output_(options.decoder_output == "linear"), abduction_(options.abduction),
      nonnegative_(options.value_range == "nonnegative"),
      identifies_graph_(options.mechanism != "linear" || options.intervention != "shift") {
  if (options.linear_skip) skip_ = parameters_.add_constant("skip.weight", {shape_.n_latents, shape_.n_genes}, 0);
  if (options.likelihood != "mse") log_variance_ = parameters_.add_constant("log_variance", {shape_.n_genes}, 0);
  if (options.likelihood == "gaussian-empirical") log_variance_ = log_variance_.detach();  // no gradient: it stays
  has_pathways_ = encoder != "identity" && shape_.n_pathways > 0;
}

void CausalVae::encode(const ModelInput& input, ModelOutput& output) const {
  output.g = encoder_->forward(input.x, input.pathway_values);
  output.hidden = activation(fc1_(input.embedding.defined() ? at::cat({output.g, input.embedding}, 1) : output.g));
  output.mu = fc_mean_(output.hidden);
  output.var = at::softplus(fc_var_(output.hidden));
  output.z = output.mu + at::sqrt(output.var) * input.epsilon;
}

Tensor CausalVae::decode(const Tensor& u) const {
  Tensor genes = d2_(activation(d1_(u)));
  if (skip_.defined()) genes = genes + at::mm(u, skip_);
  return linear_output_ ? genes : activation(genes);
}

std::vector<EncodedTarget> CausalVae::encode_targets(const std::vector<Tensor>& targets, double tau) const {
  std::vector<EncodedTarget> encoded;
  for (const Tensor& one_hot : targets) encoded.push_back(interventions_->encode(one_hot, tau));
  return encoded;
}

Tensor CausalVae::latents(const Tensor& z, const std::vector<Tensor>& targets, double tau) const {
  const IntervenedNoise intervened = soft_intervention_.apply(z, targets, encode_targets(targets, tau));
  return mechanism_->solve(intervened.noise, intervened.incoming, g_);
}

ModelOutput CausalVae::forward(const ModelInput& input) const {
  ModelOutput output;
  encode(input, output);
  output.targets = encode_targets(input.targets, input.tau);
  output.u0 = mechanism_->solve(output.z, Tensor(), g_);
  output.x_hat = decode(output.u0);
  output.u = output.u0;
  output.decoded = output.x_hat;
  if (!input.targets.empty()) {
    const IntervenedNoise intervened = soft_intervention_.apply(output.z, input.targets, output.targets);
    output.shift = intervened.shift;
    output.u = mechanism_->solve(intervened.noise, intervened.incoming, g_);
    output.decoded = decode(output.u);
  }
  output.y_hat = abduction_ && !input.targets.empty() ? input.x + output.decoded - output.x_hat : output.decoded;
  if (nonnegative_) output.y_hat = at::clamp_min(output.y_hat, 0);
  return output;
}

}  // namespace gracevae
