#include "train/objective.hpp"

namespace gracevae::impl {

LossTerms objective(const Model& model, const ModelOutput& output, const Tensor& x, const Tensor& y,
                    const Schedule& schedule, const ObjectiveOptions& options) {
  const auto or_zero = [&](const Tensor& term) { return term.defined() ? term : at::zeros({}, x.options()); };
  const Tensor g = model.dag();
  LossTerms terms{.mmd = mmd2(output.y_hat, y, options.mmd),
                  .mse = reconstruction_error(output.x_hat, x),
                  .kl = gaussian_kl(output.mu, output.var),
                  .sparsity = or_zero(g.defined() ? sparsity(g) : Tensor()),
                  .smoothness = or_zero(model.smoothness())};
  terms.likelihood = terms.mse;
  terms.divergence = terms.kl;
  if (model.log_variance().defined()) {
    terms.likelihood = options.elbo_scale * gaussian_nll(output.x_hat, x, model.log_variance());
    terms.divergence =
        options.elbo_scale * kl_with_free_bits(gaussian_kl_per_latent(output.mu, output.var), options.free_bits);
  }
  terms.total = total_of(terms, schedule, options);
  return terms;
}

Tensor cells_from_prior(const Model& model, const ModelInput& input, const Tensor& observation) {
  const Tensor cells =
      model.decode(model.latents(input.epsilon, input.targets, input.tau, input.dropout), input.covariates);
  const Tensor& log_variance = model.log_variance();
  return model.within_range(log_variance.defined() ? cells + at::exp(0.5 * log_variance) * observation : cells);
}

}  // namespace gracevae::impl
