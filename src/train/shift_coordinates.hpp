#pragma once
/// @file Cells seen along the labels' mean shifts.
#include <string>
#include <vector>

#include "train/regime_moments.hpp"

namespace gracevae::impl {

/// Cells in coordinates v = (x − centre)·projection along the labels' mean shifts, in which the cells of label k stand
/// one shift away from control on axis k alone. Where no value of the screen is negative the coordinates do not see a
/// cell's depth: log-normalised values of a cell share one total, so what raises some genes lowers all others.
struct ShiftCoordinates {
  std::vector<std::int64_t>
      labels;  ///< the m labels whose mean shift stands out of its sampling error and of the others'
  std::vector<std::int64_t> weak;  ///< the others
  std::vector<std::string> alike;  ///< every group of labels that do the same: "l0, l2", or "l5 as l0 and l1 together"
  Tensor weak_directions;          ///< [c − m, p] their mean shifts, each of size 1
  Tensor centre;                   ///< [p] mean of control
  Tensor directions;               ///< [m, p] mean shift of each, divided by its size
  Tensor size;                     ///< [m] the shift in standard deviations of control along its own axis
  Tensor projection;               ///< [p, m], directions·projection = I, weighted by the genes' precision
  Tensor noise;              ///< [m, m] covariance of what lies outside the span in control, seen in the coordinates
  Tensor span;               ///< [s, p] the mean shifts, then the direction of depth where there is one
  Tensor span_projection;    ///< [p, s] right inverse of the span
  bool equal_noise = false;  ///< whether every gene has the same noise, so that few directions outside the span tell it

  std::int64_t n_axes() const { return static_cast<std::int64_t>(labels.size()); }
  /// What of the cells [n, p] lies outside the span [n, p].
  Tensor outside(const Tensor& cells) const;
  /// Covariance [m, m] in the coordinates of noise that is independent between genes, from the sums of squares [p] of
  /// what lies outside the span in n cells.
  Tensor noise_seen(const Tensor& squares_outside, double n) const;
};

/// Once projection and span stand, with the mean shifts [m, p] as directions: measures the spread of control along the
/// axes and divides by it, so that latents have noise 1.
void scale_axes(const RunData& data, const RegimeMoments& moments, const Tensor& shifts, ShiftCoordinates& coordinates);

/// Asked before every step of a fit at the start.
/// @throws Interrupted on request.
void stop_if_interrupted();

/// Of labels that do the same the clearest has the axis, the others are weak, with a warning
/// that names every group.
/// @test tests/unit/train/moment_fit_test.cpp
ShiftCoordinates shift_coordinates(const RunData& data, const RegimeMoments& moments);

}  // namespace gracevae::impl
