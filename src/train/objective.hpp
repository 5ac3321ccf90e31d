#pragma once
/// @file The loss of one batch.
#include "causal/losses.hpp"
#include "causal/schedule.hpp"
#include "model/model.hpp"

namespace gracevae {

struct ObjectiveOptions {
  double lambda = 1e-4;  ///< weight of the sparsity term
  kernels::MmdOptions mmd;
};

/// Scalar tensors; the terms are unweighted.
struct LossTerms {
  Tensor mmd, mse, kl, sparsity, total;
};

/// L = α·MMD²(ŷ, y) + MSE(x̂, x) + β·KL + λ·‖triu(G, 1)‖₁. x, y [B, p].
/// @paper GraCE-VAE (objective)
/// @test tests/golden/golden_test.cpp
LossTerms objective(const Model& model, const ModelOutput& output, const Tensor& x, const Tensor& y,
                    const Schedule& schedule, const ObjectiveOptions& options);

}  // namespace gracevae
