#pragma once
/// @file How many of many mean shifts stand out of their sampling errors and are not each other's sums.
#include <cstdint>
#include <vector>

namespace gracevae::impl {

/// The mean shift of a group, every column in standard deviations of a row.
struct ScaledShift {
  std::vector<double> shift;
  double n_rows = 0;
  double chi_square = 0;  ///< its squares over their sampling variance
};

/// χ² of `degrees` beyond chance: more than 4 standard deviations above its mean.
bool stands_out(double chi_square, double degrees);

/// In the order of their χ², the shifts whose rest beside the ones counted before, by least squares, stands out of its
/// error and is 2 % of the shift's square at least. `n_control`: rows of the reference. As own_directions of
/// train/shift_coordinates.cpp.
/// @test tests/unit/experiment/clear_shifts_test.cpp
std::int64_t n_clear_directions(std::vector<ScaledShift> shifts, double n_control);

}  // namespace gracevae::impl
