#include "evaluate/baselines.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace gracevae {

Baselines::Baselines(const Screen& screen, const Split& split)
    : screen_(screen), control_mean_(mean_of_cells(screen, screen.regimes.front().cells)) {
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.size() != 1) continue;
    const std::vector<std::int64_t> cells = cells_in_fold(regime, split, Fold::train);
    if (cells.empty()) continue;
    std::vector<double> shift = mean_of_cells(screen, cells);
    for (std::size_t g = 0; g < shift.size(); ++g) shift[g] -= control_mean_[g];
    shifts_.emplace_back(regime.targets.front(), std::move(shift));
  }
}

Matrix<float> Baselines::control(std::span<const std::int64_t> controls) const { return dense_rows(screen_, controls); }

Matrix<float> Baselines::shifted(std::span<const std::int64_t> controls, const std::vector<double>& shift) const {
  Matrix<float> rows = control(controls);
  for (std::int64_t i = 0; i < rows.n_rows; ++i) {
    const auto row = rows.row(i);
    for (std::size_t g = 0; g < shift.size(); ++g) row[g] = static_cast<float>(static_cast<double>(row[g]) + shift[g]);
  }
  return rows;
}

std::optional<Matrix<float>> Baselines::mean_shift(std::span<const std::int64_t> controls) const {
  if (shifts_.empty()) return std::nullopt;
  std::vector<double> mean(control_mean_.size(), 0.0);
  for (const auto& [target, shift] : shifts_)
    for (std::size_t g = 0; g < mean.size(); ++g) mean[g] += shift[g] / static_cast<double>(shifts_.size());
  return shifted(controls, mean);
}

std::optional<Matrix<float>> Baselines::additive(std::span<const std::int64_t> controls,
                                                 const std::vector<std::string>& targets) const {
  std::vector<double> sum(control_mean_.size(), 0.0);
  for (const std::string& target : targets) {
    const auto found =
        std::find_if(shifts_.begin(), shifts_.end(), [&](const auto& entry) { return entry.first == target; });
    if (found == shifts_.end()) return std::nullopt;
    for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += found->second[g];
  }
  return shifted(controls, sum);
}

std::optional<RealCells> draw_ceiling(const Screen& screen, const Split& split,
                                      std::span<const std::int64_t> test_cells, Random random) {
  GRACEVAE_CHECK(!test_cells.empty(), "a condition without test cells");
  const auto regime = static_cast<std::size_t>(screen.regime_of_cell[static_cast<std::size_t>(test_cells.front())]);
  RealCells drawn{cells_in_fold(screen.regimes[regime], split, Fold::train), {test_cells.begin(), test_cells.end()}};
  random.shuffle(drawn.observed);
  random.shuffle(drawn.stand_in);
  if (drawn.stand_in.empty()) {
    const auto half = static_cast<std::ptrdiff_t>(drawn.observed.size() / 2);
    drawn.stand_in.assign(drawn.observed.begin(), drawn.observed.begin() + half);
    drawn.observed.erase(drawn.observed.begin(), drawn.observed.begin() + half);
  }
  const std::size_t size = std::min(drawn.stand_in.size(), drawn.observed.size());
  if (size == 0) return std::nullopt;
  drawn.stand_in.resize(size);
  drawn.observed.resize(size);
  return drawn;
}

}  // namespace gracevae
