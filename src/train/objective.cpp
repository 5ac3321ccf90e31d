#include "train/objective.hpp"

namespace gracevae {

LossTerms objective(const Model& model, const ModelOutput& output, const Tensor& x, const Tensor& y,
                    const Schedule& schedule, const ObjectiveOptions& options) {
  LossTerms terms;
  terms.mmd = mmd2(output.y_hat, y, options.mmd);
  terms.mse = reconstruction_error(output.x_hat, x);
  terms.kl = gaussian_kl(output.mu, output.var);
  const Tensor g = model.dag();
  terms.sparsity = g.defined() ? sparsity(g) : at::zeros({}, x.options());
  terms.total = schedule.alpha * terms.mmd + terms.mse + schedule.beta * terms.kl + options.lambda * terms.sparsity;
  return terms;
}

}  // namespace gracevae
