#pragma once
/// @file A structural causal model fitted to the means and covariances of every regime: where training can start from.
#include <nlohmann/json.hpp>
#include <vector>

#include "train/regime_moments.hpp"

namespace gracevae {

/// Cells in coordinates v = (x − centre)·projection along the labels' mean shifts, in which the cells of label k stand
/// one shift away from control on axis k alone.
struct ShiftCoordinates {
  std::vector<std::int64_t> labels;  ///< the m labels whose mean shift stands out of its sampling error
  std::vector<std::int64_t> weak;    ///< the others
  Tensor weak_directions;            ///< [c − m, p] their mean shifts, each of size 1
  Tensor centre;                     ///< [p] mean of control
  Tensor directions;                 ///< [m, p] mean shift of each, divided by its size
  Tensor size;                       ///< [m] the shift in standard deviations of control along its own axis
  Tensor projection;                 ///< [p, m], directions·projection = I, weighted by the genes' precision
  Tensor noise;                      ///< [m, m] covariance of what lies outside the directions, seen in the coordinates

  std::int64_t n_axes() const { return static_cast<std::int64_t>(labels.size()); }
};

/// Labels whose mean shifts are no independent directions are all weak, with a warning.
/// @test tests/unit/train/moment_fit_test.cpp
ShiftCoordinates shift_coordinates(const RunData& data, const RegimeMoments& moments);

/// More axes than this take too long to fit.
inline constexpr std::int64_t kMostAxesToFit = 30;

/// What the fit found. Rows and columns are axes of the coordinates in the order `order`: latent i stands for axis
/// order[i], so that every edge goes from a lower to a higher latent.
struct MomentFit {
  std::vector<std::int64_t> order;  ///< [m]
  Tensor graph;                     ///< [m, m] strict upper triangle; 0 where no edge was kept
  Tensor shift;                     ///< [m] of each latent's label
  Tensor mixing;                    ///< [m, m] latents → coordinates
  Tensor offset;                    ///< [m] coordinates of u = 0
  Tensor latent_covariance;         ///< [m, m] of u in control
  Tensor latent_mean;               ///< [m + 1, m] of u in control and under each latent's label
  std::vector<Parameter> others;    ///< fitted weights of mechanism and intervention, by name
  double chi_square = 0;            ///< of means and covariances, about `degrees` when the model is right
  double degrees = 0;
  double threshold = 0;  ///< |weight| below which edges were dropped, by the Bayesian information criterion
};

/// Fits mechanism, intervention and a linear mixing of the run's model to the means and covariances of control and of
/// every label's regime, with the noise of the latents standard normal. The order of the latents comes from which
/// regimes change which covariances, then from exchanging neighbours while that lowers the misfit (at most 20 axes);
/// edges are kept by the Bayesian information criterion. Deterministic from the seed. Cost: m + 1 regimes of 2,000
/// drawn cells a function value, some hundred values a fit.
/// @test tests/unit/train/moment_fit_test.cpp
MomentFit fit_moments(const RunOptions& options, const RunData& data, const RegimeMoments& moments,
                      const ShiftCoordinates& coordinates);

}  // namespace gracevae
