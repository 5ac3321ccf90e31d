#pragma once
/// @file A structural causal model fitted to the means and covariances of every regime: where training can start from.
#include <vector>

#include "train/shift_coordinates.hpp"

namespace gracevae::impl {

/// What the fit found. Rows and columns are axes of the coordinates in the order `order`: latent i stands for axis
/// order[i], so that every edge goes from a lower to a higher latent.
struct MomentFit {
  std::vector<std::int64_t> order;  ///< [m]
  Tensor graph;                     ///< [m, m] strict upper triangle; 0 where no edge was kept
  Tensor shift;                     ///< [m] of each latent's label
  Tensor mixing;                    ///< [m, m] latents → coordinates; reproduces every regime's observed mean
  Tensor offset;                    ///< [m] coordinates of u = 0
  Tensor latent_covariance;         ///< [m, m] of u in control
  Tensor latent_mean;               ///< [m + 1, m] of u in control and under each latent's label
  std::vector<Parameter> others;    ///< fitted weights of mechanism and intervention, by name
  double chi_square = 0;            ///< of means and covariances; about `degrees` if the model is right
  double degrees = 0;
  double threshold = 0;  ///< |weight| below which edges were dropped, by the Bayesian information criterion
};

/// Fits mechanism, intervention and mixing of the run's model to the means and covariances of control and of every
/// label's regime, with the noise of the latents standard normal. The mixing is linear; where no value of the screen is
/// negative, as with log-normalised counts, each latent is bent first (u + γ·u²/2). All edges are fitted at once
/// (choose_graph). `lowers`: every label lowers its latent, as a knock-out does of a program whose positive part acts;
/// else raises it. A mechanism of networks is then fitted in the order of that graph (fit_in_order). Deterministic
/// given the seed and the number of threads; reports progress.
/// @throws Interrupted on request.
/// @test tests/unit/train/moment_fit_test.cpp
MomentFit fit_moments(const RunOptions& options, const RunData& data, const RegimeMoments& moments,
                      const ShiftCoordinates& coordinates, bool lowers = false);

}  // namespace gracevae::impl
