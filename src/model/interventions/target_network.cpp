#include "model/interventions/target_network.hpp"

#include <cmath>

namespace gracevae::impl {

namespace {

constexpr double kDropped = 0.1;

/// Dropout: entries of x whose uniform number is below 0.1 become 0, the others are scaled to keep the mean.
Tensor drop(const Tensor& x, const Tensor& uniform) {
  return x * uniform.ge(kDropped).to(x.options()).view_as(x) / (1 - kDropped);
}

constexpr auto kUniform = Linear::Start::uniform;

}  // namespace

TargetNetwork::Layer TargetNetwork::layer(Parameters& parameters, const std::string& name, std::int64_t n_in) {
  const double bound = std::sqrt(6.0 / static_cast<double>(n_in + kChannels));  // Glorot
  return {parameters.add_uniform(name + ".weight", {kChannels, n_in}, bound),
          parameters.add_constant(name + ".bias", {kChannels}, 0),
          parameters.add_constant(name + ".norm.weight", {kChannels}, 1),
          parameters.add_constant(name + ".norm.bias", {kChannels}, 0)};
}

TargetNetwork::TargetNetwork(const PartContext& context, std::int64_t n_features)
    : first_(layer(context.parameters, "targets.0", n_features)),
      second_(layer(context.parameters, "targets.1", kChannels)),
      c1_(context.parameters, "c1", kChannels, context.shape.hidden, kUniform),
      c2_(context.parameters, "c2", context.shape.hidden, context.shape.n_latents, kUniform),
      c3_(context.parameters, "c3", context.shape.hidden, 1, kUniform),
      strength_(context.parameters.add_constant("c_strength", {1}, 1)) {}

Tensor TargetNetwork::Layer::apply(const Tensor& x, const SparseOperator* convolution, const Tensor& skip,
                                   const Tensor& dropout) const {
  Tensor out = at::mm(weight, convolution ? convolution->apply(x) : x) + bias.unsqueeze(1);
  if (skip.defined()) out = out + skip;
  out = at::layer_norm(activation(out).t(), {kChannels}, norm_weight, norm_bias).t();
  return dropout.defined() ? drop(out, dropout) : out;
}

Tensor TargetNetwork::summaries(const Tensor& features, const Tensor& shares, const SparseOperator* convolution,
                                const Tensor& dropout) const {
  const std::int64_t n = kChannels * features.size(1);
  const auto part = [&](std::int64_t i) { return dropout.defined() ? dropout.narrow(0, i * n, n) : Tensor(); };
  const Tensor h1 = first_.apply(features, convolution, Tensor(), part(0));
  const Tensor h = second_.apply(h1, convolution, h1, part(1));
  return at::mm(shares, h.t());
}

EncodedTarget TargetNetwork::place(const Tensor& r, double tau) const {
  EncodedTarget encoded;
  encoded.hidden = activation(c1_(r));
  encoded.b = at::softmax(c2_(encoded.hidden) * std::clamp(tau, 1e-3, 10.0), 1);
  encoded.s = (strength_ * at::tanh(c3_(encoded.hidden))).squeeze(1);
  return encoded;
}

}  // namespace gracevae::impl
