#include "experiment/clear_shifts.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "screen/differential.hpp"
#include "stats/clear_directions.hpp"

namespace gracevae::impl {

std::int64_t n_clear_shifts(const Screen& screen, double training_share) {
  constexpr double kLeast = 0.01;  // of the mean variance
  const MeanOfCells control(screen, screen.regimes.front().cells);
  const auto n_control = static_cast<double>(screen.regimes.front().cells.size()),
             p = static_cast<double>(screen.n_genes());
  std::vector<double> deviation = control.squared_error;
  const double mean = n_control * std::accumulate(deviation.begin(), deviation.end(), 0.0) / std::max(p, 1.0);
  for (double& value : deviation) value = std::sqrt(std::max({n_control * value, kLeast * mean, 1e-12}));
  std::vector<ScaledShift> clear;
#pragma omp parallel for ordered schedule(dynamic)
  for (std::size_t k = 1; k < screen.regimes.size(); ++k) {
    const Regime& regime = screen.regimes[k];
    const auto n = static_cast<double>(regime.cells.size());
    ScaledShift label{{}, n * training_share, 0};
    if (regime.targets.size() == 1 && n > 1) {
      label.shift = mean_of_cells(screen, regime.cells);
      double squares = 0;
      for (std::size_t g = 0; g < label.shift.size(); ++g) {
        label.shift[g] = (label.shift[g] - control.mean[g]) / deviation[g];
        squares += label.shift[g] * label.shift[g];
      }
      // of fewer cells: the part beyond chance is smaller
      label.chi_square = p + training_share * (squares / (1 / n_control + 1 / n) - p);
    }
#pragma omp ordered
    if (stands_out(label.chi_square, p)) clear.push_back(std::move(label));
  }
  return n_clear_directions(std::move(clear), n_control);
}

}  // namespace gracevae::impl
