#pragma once
/// @file Coordinates of cells along the labels' mean shifts.
#include <string>
#include <vector>

#include "train/regime_moments.hpp"

namespace gracevae::impl {

/// What some cells are in the coordinates and besides.
struct RegimeSums {
  double n = 0;    ///< cells
  Tensor scatter;  ///< [m, m] about their mean
  Tensor outside;  ///< [p] squares of (x − centre) outside the span
};

/// Cells in coordinates v = (x − centre)·projection along the labels' mean shifts, in which the cells of label k differ
/// from control by one shift on axis k alone. If no value of the screen is negative the coordinates ignore a cell's
/// sequencing depth: log-normalised values of a cell share one total, so what raises some genes lowers all others.
struct ShiftCoordinates {
  std::vector<std::int64_t>
      labels;  ///< the m labels whose mean shift stands out from its sampling error and from the others
  std::vector<std::int64_t> weak;  ///< the others
  std::vector<std::string> alike;  ///< every group of labels that do the same: "l0, l2", or "l5 as l0 and l1 together"
  Tensor weak_directions;          ///< [c − m, p] their mean shifts, each of size 1
  Tensor centre;                   ///< [p] mean of control
  Tensor covariate_effects;        ///< that of RegimeMoments: cells are taken without it
  Tensor directions;               ///< [m, p] mean shift of each, divided by its size
  Tensor size;                     ///< [m] the shift in standard deviations of control along its own axis
  Tensor projection;               ///< [p, m], directions·projection = I, weighted by the genes' precision
  Tensor noise;                    ///< [m, m] covariance, in the coordinates, of control's variation outside the span
  Tensor span;                     ///< [s, p] the mean shifts, then the direction of depth where there is one
  Tensor span_projection;          ///< [p, s] right inverse of the span
  Tensor share_outside;            ///< [p] of the variance of each gene's noise, how much is seen outside the span
  bool equal_noise =
      false;  ///< whether all genes have the same noise, so that a few directions outside the span suffice

  std::int64_t n_axes() const { return static_cast<std::int64_t>(labels.size()); }
  /// One pass over these rows of the screen, in blocks: two products with the span a block.
  /// @throws Interrupted on request.
  RegimeSums sums(const Screen& screen, const std::vector<std::int64_t>& cells) const;
  /// Covariance [m, m], in the coordinates, of noise that is independent between genes, as it is seen outside the span,
  /// but at most nine tenths of what the cells vary along an axis.
  Tensor noise_seen(const RegimeSums& sums) const;
};

/// Given projection, a combination of span_projection, with the mean shifts [m, p] as directions: measures the spread
/// of control along the axes and divides by it, so that latents have noise 1.
void scale_axes(const RunData& data, const RegimeMoments& moments, const Tensor& shifts, ShiftCoordinates& coordinates);

/// Called before every step of a fit at the start.
/// @throws Interrupted on request.
void stop_if_interrupted();

/// Of labels that do the same the clearest has the axis, the others are weak, with a warning
/// that names every group.
/// @test tests/unit/train/moment_fit_test.cpp
ShiftCoordinates shift_coordinates(const RunData& data, const RegimeMoments& moments);

}  // namespace gracevae::impl
