#pragma once
/// @file The loss of one batch.
#include "causal/losses.hpp"
#include "causal/schedule.hpp"
#include "model/model.hpp"

namespace gracevae::impl {

struct ObjectiveOptions {
  double lambda = 1e-4;      ///< weight of the sparsity term
  double smoothness = 1e-4;  ///< weight of the decoder's smoothness over gene-gene edges, for models that have the term
  kernels::MmdOptions mmd;
  double free_bits = 0;   ///< nats per latent below which the KL is not reduced; Gaussian likelihood only
  double elbo_scale = 1;  ///< factor on likelihood and KL of the Gaussian likelihood, so that α and λ keep the meaning
                          ///< that they have beside a squared error: 2 / Σ_g σ_g^{−2} makes its quadratic part a
                          ///< precision-weighted mean squared error
};

/// Scalar tensors; the terms are unweighted. mse is reported with either likelihood.
struct LossTerms {
  Tensor mmd, mse, kl, sparsity, smoothness, total;
};

/// L = α·MMD²(ŷ, y) + MSE(x̂, x) + β·KL + λ·‖triu(G, 1)‖₁ [+ λ₂·smooth, Model::smoothness]. x, y [B, p]. With a Gaussian
/// likelihood the reconstruction and the KL are those of the ELBO, on one scale: L = α·MMD² + c·(NLL(x̂, x) + β·KL) +
/// λ·‖triu(G, 1)‖₁, c = elbo_scale.
/// @paper GraCE-VAE (objective)
/// @test tests/golden/golden_test.cpp
LossTerms objective(const Model& model, const ModelOutput& output, const Tensor& x, const Tensor& y,
                    const Schedule& schedule, const ObjectiveOptions& options);

}  // namespace gracevae::impl
