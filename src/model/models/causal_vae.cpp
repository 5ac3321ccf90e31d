#include "model/models/causal_vae.hpp"

#include "causal/scm.hpp"

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
      fc1_(parameters_, "fc1", encoder_->n_outputs(), shape_.hidden, kNormal),
      fc_mean_(parameters_, "fc_mean", shape_.hidden, shape_.n_latents, kNormal),
      fc_var_(parameters_, "fc_var", shape_.hidden, shape_.n_latents, kNormal),
      g_(parameters_.add_normal("G", {shape_.n_latents, shape_.n_latents}, 0.1)),
      interventions_(
          make_intervention_encoder(options.intervention_encoder, {options, shape_, context.neighbours, parameters_})),
      d1_(parameters_, "d1", shape_.n_latents, shape_.hidden, kNormal),
      d2_(parameters_, "d2", shape_.hidden, shape_.n_genes, kNormal) {
  has_pathways_ = encoder != "identity" && shape_.n_pathways > 0;
}

void CausalVae::encode(const ModelInput& input, ModelOutput& output) const {
  output.g = encoder_->forward(input.x, input.pathway_values);
  output.hidden = activation(fc1_(output.g));
  output.mu = fc_mean_(output.hidden);
  output.var = at::softplus(fc_var_(output.hidden));
  output.z = output.mu + at::sqrt(output.var) * input.epsilon;
}

Tensor CausalVae::decode(const Tensor& u) const { return activation(d2_(activation(d1_(u)))); }

ModelOutput CausalVae::forward(const ModelInput& input) const {
  ModelOutput output;
  encode(input, output);
  for (const Tensor& one_hot : input.targets) {
    output.targets.push_back(interventions_->encode(one_hot, input.tau));
    const EncodedTarget& target = output.targets.back();
    const Tensor shift = target.b * target.s.unsqueeze(1);
    output.shift = output.shift.defined() ? output.shift + shift : shift;
  }
  output.u0 = solve_linear_scm(output.z, Tensor(), g_);
  output.x_hat = decode(output.u0);
  output.u = output.shift.defined() ? solve_linear_scm(output.z, output.shift, g_) : output.u0;
  output.y_hat = output.shift.defined() ? decode(output.u) : output.x_hat;
  return output;
}

}  // namespace gracevae
