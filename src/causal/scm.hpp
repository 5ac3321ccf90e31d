#pragma once
/// @file The structural causal model over the latents. Single letters as in the paper.
#include "causal/torch_compat.hpp"
#include "kernels/scm.hpp"

namespace gracevae::impl {

/// Endogenous latents of the linear mechanism: u = (z + shift)·(I − triu(G, 1))^{-1}, by a triangular solve. z [B, d]
/// exogenous noise, shift [B or 1, d] the soft intervention Σ b_k s_k (undefined: none), G [d, d], of which only the
/// strict upper triangle is read: edge i→j for i < j. Gradients for z, shift and G (zero on and below the diagonal).
/// The graph of this mechanism is not identified: any G can be absorbed into the decoder's first layer.
/// @paper GraCE-VAE (causal decoder), equation of u
/// @test tests/golden/golden_test.cpp, tests/unit/causal/scm_test.cpp
Tensor solve_linear_scm(const Tensor& z, const Tensor& shift, const Tensor& g);

/// Endogenous latents, solved in their order: u_j = noise_j + w_j · Σ_{i<j} G_ij f(u_i), f the identity or relu. noise
/// [B, d]: exogenous noise, interventions on it included; w [1 or B, d] (undefined: 1): factor on the weights into each
/// latent, 0 where it is cut from its parents. Gradients for noise, w and G. A kernel on the CPU, solve_scm_by_tensors
/// elsewhere.
/// @paper GraCE-VAE (causal decoder, non-linear mechanism)
/// @test tests/unit/causal/scm_test.cpp, tests/unit/kernels/scm_test.cpp
Tensor solve_scm(const Tensor& noise, const Tensor& w, const Tensor& g, kernels::Mechanism mechanism);

/// Reference implementation by tensor operations, latent after latent; used on CUDA.
Tensor solve_scm_by_tensors(const Tensor& noise, const Tensor& w, const Tensor& g, kernels::Mechanism mechanism);

}  // namespace gracevae::impl
