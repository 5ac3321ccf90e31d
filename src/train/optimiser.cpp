#include "train/optimiser.hpp"

#include <cmath>

namespace gracevae::impl {

namespace {

template <class T>
void step_on_cpu(const Tensor& weight, const Tensor& gradient, const Tensor& m, const Tensor& v, std::int64_t step,
                 const kernels::AdamOptions& options) {
  kernels::adam_step(weight.data_ptr<T>(), gradient.data_ptr<T>(), m.data_ptr<T>(), v.data_ptr<T>(), weight.numel(),
                     step, options);
}

/// Step size, and the factor on the root of the second moment, both with Adam's bias correction, [2].
Tensor factors_of(std::int64_t step, const kernels::AdamOptions& options) {
  const auto t = static_cast<double>(step);
  Tensor factors = at::empty({2}, at::TensorOptions().dtype(at::kDouble));
  factors.data_ptr<double>()[0] = options.learning_rate / (1 - std::pow(options.beta1, t));
  factors.data_ptr<double>()[1] = 1 / std::sqrt(1 - std::pow(options.beta2, t));
  return factors;
}

void step_by_tensors(const Tensor& weight, Tensor gradient, const Tensor& m, const Tensor& v, const Tensor& factors,
                     const kernels::AdamOptions& options) {
  if (options.clamp > 0) gradient = at::clamp(gradient, -options.clamp, options.clamp);
  m.mul_(options.beta1).add_(gradient, 1 - options.beta1);
  v.mul_(options.beta2).addcmul_(gradient, gradient, 1 - options.beta2);
  weight.sub_(factors.select(0, 0) * m / (at::sqrt(v) * factors.select(0, 1) + options.epsilon));
}

}  // namespace

Adam::Adam(const Parameters& parameters, const kernels::AdamOptions& options)
    : weights_(parameters.tensors()), options_(options) {
  for (const Tensor& weight : weights_) {
    first_moments_.push_back(at::zeros_like(weight.detach()));
    second_moments_.push_back(at::zeros_like(weight.detach()));
  }
}

void Adam::step(const std::vector<Tensor>& gradients) {
  count_step();
  for (std::size_t i = 0; i < weights_.size(); ++i) move(i, gradients[i]);
}

Tensor Adam::next_factors() { return factors_of(count_step(), options_); }

void Adam::step_with(const std::vector<Tensor>& gradients, const Tensor& factors) {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < weights_.size(); ++i)
    step_by_tensors(weights_[i], gradients[i].defined() ? gradients[i] : at::zeros_like(weights_[i]), first_moments_[i],
                    second_moments_[i], factors, options_);
}

void Adam::move(std::size_t i, const Tensor& given) {
  const at::NoGradGuard no_grad;
  const Tensor gradient = given.defined() ? given.contiguous() : at::zeros_like(weights_[i]);
  if (!weights_[i].is_cpu())
    step_by_tensors(weights_[i], gradient, first_moments_[i], second_moments_[i],
                    factors_of(n_steps_, options_).to(gradient.options()), options_);
  else if (weights_[i].scalar_type() == at::kDouble)
    step_on_cpu<double>(weights_[i], gradient, first_moments_[i], second_moments_[i], n_steps_, options_);
  else
    step_on_cpu<float>(weights_[i], gradient, first_moments_[i], second_moments_[i], n_steps_, options_);
}

}  // namespace gracevae::impl
