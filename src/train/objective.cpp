#include "train/objective.hpp"

namespace gracevae::impl {

LossTerms objective(const Model& model, const ModelOutput& output, const Tensor& x, const Tensor& y,
                    const Schedule& schedule, const ObjectiveOptions& options) {
  LossTerms terms;
  terms.mmd = mmd2(output.y_hat, y, options.mmd);
  terms.mse = reconstruction_error(output.x_hat, x);
  const bool gaussian = model.log_variance().defined();
  terms.kl = gaussian_kl(output.mu, output.var);
  const Tensor g = model.dag();
  terms.sparsity = g.defined() ? sparsity(g) : at::zeros({}, x.options());
  Tensor elbo = terms.mse + schedule.beta * terms.kl;
  if (gaussian) {
    const Tensor kl = kl_with_free_bits(gaussian_kl_per_latent(output.mu, output.var), options.free_bits);
    elbo = options.elbo_scale * (gaussian_nll(output.x_hat, x, model.log_variance()) + schedule.beta * kl);
  }
  terms.total = schedule.alpha * terms.mmd + elbo + options.lambda * terms.sparsity;
  const Tensor smoothness = model.smoothness();
  terms.smoothness = smoothness.defined() ? smoothness : at::zeros({}, x.options());
  if (smoothness.defined()) terms.total = terms.total + options.smoothness * smoothness;
  return terms;
}

}  // namespace gracevae::impl
