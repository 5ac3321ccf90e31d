#pragma once
/// @file The terms of the objective.
#include "causal/torch_compat.hpp"
#include "kernels/mmd.hpp"

namespace gracevae::impl {

/// Mean over cells and genes of (x̂ − x)². Both [B, p]; a scalar tensor.
/// @paper GraCE-VAE (objective, reconstruction)
Tensor reconstruction_error(const Tensor& reconstructed, const Tensor& x);

/// −log density of x under N(x̂, diag σ²) without its constant, summed over genes, mean over cells:
/// ½ Σ_g [(x_g − x̂_g)² / σ_g² + log σ_g²]. x̂, x [B, p], log_variance [p]; a scalar tensor, nats.
/// @test tests/unit/causal/losses_test.cpp
Tensor gaussian_nll(const Tensor& reconstructed, const Tensor& x, const Tensor& log_variance);

/// KL(N(μ, diag v) ‖ N(0, I)) = −½ Σ_{cells, latents} (1 + log v − μ² − v) / B. mu, var [B, d]; var is the variance; a
/// scalar tensor.
/// @paper GraCE-VAE (objective, KL)
Tensor gaussian_kl(const Tensor& mu, const Tensor& var);

/// The same per latent, mean over cells: [d], nats.
Tensor gaussian_kl_per_latent(const Tensor& mu, const Tensor& var);

/// Σ_latents max(free_bits, KL of the latent): the KL of a latent is not pushed below this many nats (Kingma et al.
/// 2016). `per_latent` [d] of gaussian_kl_per_latent; equals gaussian_kl at 0.
Tensor kl_with_free_bits(const Tensor& per_latent, double free_bits);

/// ‖triu(G, 1)‖₁. G [d, d]; a scalar tensor.
/// @paper GraCE-VAE (objective, sparsity)
Tensor sparsity(const Tensor& g);

/// MMD² between generated and observed cells: kernels::mmd2 with its gradient on the CPU, mmd2_by_tensors elsewhere.
/// generated [n, p] (with gradient), observed [m, p] (without); a scalar tensor.
/// @paper GraCE-VAE (objective, MMD)
/// @test tests/golden/golden_test.cpp, tests/unit/causal/losses_test.cpp
Tensor mmd2(const Tensor& generated, const Tensor& observed, const kernels::MmdOptions& options);

/// Reference implementation by tensor operations, on any device; used on CUDA.
Tensor mmd2_by_tensors(const Tensor& generated, const Tensor& observed, const kernels::MmdOptions& options);

}  // namespace gracevae::impl
