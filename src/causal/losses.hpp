#pragma once
/// @file The terms of the objective, each once.
#include "causal/torch_compat.hpp"
#include "kernels/mmd.hpp"

namespace gracevae {

/// Mean over cells and genes of (x̂ − x)². Both [B, p]; a scalar tensor.
/// @paper GraCE-VAE (objective, reconstruction)
Tensor reconstruction_error(const Tensor& reconstructed, const Tensor& x);

/// KL(N(μ, diag v) ‖ N(0, I)) = −½ Σ_{cells, latents} (1 + log v − μ² − v) / B. mu, var [B, d]; var is the variance; a
/// scalar tensor.
/// @paper GraCE-VAE (objective, KL)
Tensor gaussian_kl(const Tensor& mu, const Tensor& var);

/// The same for each latent on its own, mean over cells: [d], nats.
Tensor gaussian_kl_per_latent(const Tensor& mu, const Tensor& var);

/// ‖triu(G, 1)‖₁. G [d, d]; a scalar tensor.
/// @paper GraCE-VAE (objective, sparsity)
Tensor sparsity(const Tensor& g);

/// MMD² between generated and observed cells: kernels::mmd2 with its gradient on the CPU, mmd2_by_tensors elsewhere.
/// generated [n, p] (gets a gradient), observed [m, p] (does not); a scalar tensor.
/// @paper GraCE-VAE (objective, MMD)
/// @test tests/golden/golden_test.cpp, tests/unit/causal/losses_test.cpp
Tensor mmd2(const Tensor& generated, const Tensor& observed, const kernels::MmdOptions& options);

/// The same by tensor operations, on any device: the reference for the kernel and the path for CUDA.
Tensor mmd2_by_tensors(const Tensor& generated, const Tensor& observed, const kernels::MmdOptions& options);

}  // namespace gracevae
