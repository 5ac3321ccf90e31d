#pragma once
/// @file Cells seen along the labels' mean shifts.
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

}  // namespace gracevae
