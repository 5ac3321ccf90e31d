#include "evaluate/baselines.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace gracevae {

Baselines::Baselines(const Screen& screen, const Split& split)
    : screen_(screen), trained_(trained_shifts(screen, split)) {
  for (const std::string& name : kShiftModels) models_.emplace(name, make_shift_model(name, screen, trained_));
}

std::optional<Matrix<float>> Baselines::predict(const std::string& name, std::span<const std::int64_t> controls,
                                                const std::vector<std::string>& targets) const {
  const std::optional<ShiftModel>& model = models_.at(name);
  const auto shift = model ? model->shift(targets) : std::nullopt;
  if (!shift) return std::nullopt;
  Matrix<float> rows = dense_rows(screen_, controls);
  for (std::int64_t i = 0; i < rows.n_rows; ++i) {
    const auto row = rows.row(i);
    for (std::size_t g = 0; g < shift->size(); ++g)
      row[g] = static_cast<float>(static_cast<double>(row[g]) + (*shift)[g]);
  }
  return rows;
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
