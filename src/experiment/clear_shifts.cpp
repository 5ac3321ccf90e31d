#include "experiment/clear_shifts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "screen/differential.hpp"

namespace gracevae::impl {

std::int64_t n_clear_shifts(const Screen& screen, double training_share) {
  constexpr double kLeast = 0.01;  // of the mean variance
  const std::vector<std::int64_t>& control_cells = screen.regimes.front().cells;
  const MeanOfCells control(screen, control_cells);
  const auto n_control = static_cast<double>(control_cells.size()), p = static_cast<double>(screen.n_genes());
  std::vector<double> variance = control.squared_error;
  for (double& value : variance) value *= n_control;
  const double least = std::max(kLeast * std::accumulate(variance.begin(), variance.end(), 0.0) / p, 1e-12);
  std::int64_t n_clear = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : n_clear)
  for (std::size_t k = 1; k < screen.regimes.size(); ++k) {
    const Regime& regime = screen.regimes[k];
    if (regime.targets.size() != 1 || regime.cells.size() < 2) continue;
    const std::vector<double> mean = mean_of_cells(screen, regime.cells);
    double squares = 0;
    for (std::size_t g = 0; g < mean.size(); ++g)
      squares += (mean[g] - control.mean[g]) * (mean[g] - control.mean[g]) / std::max(variance[g], least);
    const double score = squares / (1 / n_control + 1 / static_cast<double>(regime.cells.size()));
    if ((score - p) * training_share > 4 * std::sqrt(2 * p)) ++n_clear;
  }
  return n_clear;
}

}  // namespace gracevae::impl
