#pragma once
/// @file How many cells a condition needs, from a pilot screen.
#include <cstdint>
#include <span>
#include <vector>

#include "io/table.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// Section [power].
struct PowerOptions {
  std::string sizes = "0.1,0.25,0.5,1";  ///< effects on the values' scale
  double power = 0.8;
  double alpha = 0.001;            ///< two-sided, of one gene
  double cosine = 0.9;             ///< of a measured profile with the true one
  std::int64_t control_cells = 0;  ///< planned; 0 = those of the pilot

  void bind(OptionTable& table);
};

/// What a pilot says of cells: variances within conditions, pooled.
struct PilotNoise {
  std::vector<double> mean;      ///< [genes] of control
  std::vector<double> variance;  ///< [genes] of one cell within its condition, n − 1 a condition
  std::int64_t n_control = 0;
  std::vector<std::string> conditions;
  std::vector<double> n_cells;  ///< [conditions]
  std::vector<double> signal;   ///< [conditions] ‖effect‖² without the bias of its errors; may be below 0
};
/// Conditions of two cells or more. Two passes over the cells.
/// @throws InputError no such condition, or fewer than two control cells
PilotNoise pilot_noise(const Screen& screen);

/// Cells of a condition so that an effect d on a gene is found: with z the normal quantiles of 1 − α/2 and of the power
/// together, v/n + v/n₀ = (d/z)². Infinite where control's share alone is more.
double cells_for_effect(double d, double variance, double n_control, const PowerOptions& options);

/// Cells so that the measured profile's expected cosine with the true one is ρ: n·signal/(n·signal + Σv) = ρ². Infinite
/// for no signal.
double cells_for_cosine(double signal, double total_variance, double cosine);

/// Rows: quantiles of the genes' variances x sizes; and of the conditions' signal.
Table power_table(const PilotNoise& pilot, const PowerOptions& options);
Table cosine_table(const PilotNoise& pilot, const PowerOptions& options);

}  // namespace gracevae::impl
