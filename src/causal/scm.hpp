#pragma once
/// @file The structural causal model over the latents. Single letters as in the paper.
#include "causal/torch_compat.hpp"

namespace gracevae {

/// Endogenous latents of the linear mechanism: u = (z + shift)·(I − triu(G, 1))^{-1}, by a triangular solve, never an
/// inverse. z [B, d] exogenous noise, shift [B or 1, d] the soft intervention Σ b_k s_k (undefined: none), G [d, d] of
/// which only the strict upper triangle counts: edge i→j for i < j. Gradients to z, shift and G (zero on and below the
/// diagonal). This mechanism's graph is not identified: any G can be moved into the decoder's first layer with the same
/// output.
/// @paper GraCE-VAE (causal decoder), equation of u
/// @test tests/golden/golden_test.cpp, tests/unit/causal/scm_test.cpp
Tensor solve_linear_scm(const Tensor& z, const Tensor& shift, const Tensor& g);

}  // namespace gracevae
