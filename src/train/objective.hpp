#pragma once
/// @file The loss of one batch.
#include <array>

#include "causal/losses.hpp"
#include "causal/schedule.hpp"
#include "model/model.hpp"

namespace gracevae::impl {

struct ObjectiveOptions {
  double lambda = 1e-4;      ///< weight of the sparsity term
  double smoothness = 1e-4;  ///< weight of the decoder's smoothness over gene-gene edges, for models that have the term
  kernels::MmdOptions mmd{};
  double free_bits = 0;   ///< nats per latent below which the KL is not reduced; Gaussian likelihood only
  double elbo_scale = 1;  ///< factor on likelihood and KL of the Gaussian likelihood, so that α and λ keep the meaning
                          ///< that they have beside a squared error: 2 / Σ_g σ_g^{−2} makes its quadratic part a
                          ///< precision-weighted mean squared error
  bool from_prior = false;  ///< the MMD compares cells generated from the prior instead of counterfactual ones
};

/// Names of the loss terms, in the order of LossValue.
inline constexpr std::array<const char*, 6> kTerms{"loss", "mmd", "mse", "kl", "sparsity", "smoothness"};
using LossValue = std::array<double, kTerms.size()>;

/// Terms of the loss of a batch, unweighted, as scalar tensors or numbers. mse and kl are reported with either
/// likelihood.
template <class Value>
struct LossTermsOf {
  Value mmd{}, mse{}, kl{}, sparsity{}, smoothness{};
  Value likelihood{};  ///< what reconstruction costs: mse, or c·NLL(x̂, x)
  Value divergence{};  ///< what β multiplies: kl, or c·Σ max(free bits, KL of a latent)
  Value total{};

  std::array<Value, kTerms.size()> in_order() const { return {total, mmd, mse, kl, sparsity, smoothness}; }
};
using LossTerms = LossTermsOf<Tensor>;
using LossValues = LossTermsOf<double>;

/// L = α·MMD²(ŷ, y) + MSE(x̂, x) + β·KL + λ·‖triu(G, 1)‖₁ + λ₂·smooth (Model::smoothness). With a Gaussian likelihood
/// reconstruction and KL are those of the ELBO, on one scale: L = α·MMD² + c·(NLL(x̂, x) + β·KL) + λ·‖triu(G, 1)‖₁, c =
/// elbo_scale.
/// @paper GraCE-VAE (objective)
template <class Value>
Value total_of(const LossTermsOf<Value>& terms, const Schedule& schedule, const ObjectiveOptions& options) {
  return schedule.alpha * terms.mmd + terms.likelihood + schedule.beta * terms.divergence +
         options.lambda * terms.sparsity + options.smoothness * terms.smoothness;
}

/// The terms of a forward pass. x, y [B, p].
/// @test tests/golden/golden_test.cpp
LossTerms objective(const Model& model, const ModelOutput& output, const Tensor& x, const Tensor& y,
                    const Schedule& schedule, const ObjectiveOptions& options);

/// Cells of a regime from latents of the prior: D(u), u of z = ε, with noise of the model's variances where it has them
/// (`observation` [B, p], standard normal), within the screen's range. [B, p].
Tensor cells_from_prior(const Model& model, const ModelInput& input, const Tensor& observation);

}  // namespace gracevae::impl
