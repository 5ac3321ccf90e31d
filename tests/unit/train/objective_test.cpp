#include "train/objective.hpp"

#include <gtest/gtest.h>

#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

TEST(Objective, OfAGaussianLikelihoodIsTheElboOnItsScale) {
  ModelOptions options;
  options.model = "cmvae";
  options.dtype = "float64";
  options.likelihood = "gaussian";
  const auto model = make_model(options, {.shape = {5, 0, 2, 3, 4}, .seed = 1});
  {
    const at::NoGradGuard no_grad;
    model->log_variance().copy_(random_tensor({5}, "variance"));
  }
  const Tensor x = random_tensor({6, 5}, "x"), y = random_tensor({6, 5}, "y");
  const ModelOutput output = model->forward(
      {.x = x, .epsilon = random_tensor({6, 3}, "epsilon"), .targets = {at::eye(2, x.options()).narrow(0, 1, 1)}});
  const ObjectiveOptions settings{.lambda = 0.3, .mmd = {.sigma = 10}, .free_bits = 0.05, .elbo_scale = 0.02};
  const LossTerms terms = objective(*model, output, x, y, {.alpha = 7, .beta = 0.5}, settings);
  const Tensor kl = kl_with_free_bits(gaussian_kl_per_latent(output.mu, output.var), 0.05);
  const Tensor expected = 7 * mmd2(output.y_hat, y, settings.mmd) +
                          0.02 * (gaussian_nll(output.x_hat, x, model->log_variance()) + 0.5 * kl) +
                          0.3 * sparsity(model->dag());
  EXPECT_NEAR(terms.total.item<double>(), expected.item<double>(), 1e-12);
  EXPECT_NE(kl.item<double>(), terms.kl.item<double>()) << "free bits hold it up";
  EXPECT_NEAR(terms.mse.item<double>(), at::square(output.x_hat - x).mean().item<double>(), 1e-12)
      << "reported with either likelihood";
}

}  // namespace
}  // namespace gracevae::impl
