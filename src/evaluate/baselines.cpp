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

namespace {

const Regime& regime_of(const Screen& screen, std::span<const std::int64_t> cells) {
  GRACEVAE_CHECK(!cells.empty(), "a condition without test cells");
  return screen.regimes[static_cast<std::size_t>(screen.regime_of_cell[static_cast<std::size_t>(cells.front())])];
}

/// As many of each, drawn without replacement; none when a side is empty.
std::optional<RealCells> equal_draws(RealCells cells, Random& random) {
  random.shuffle(cells.observed);
  random.shuffle(cells.stand_in);
  if (cells.stand_in.empty()) {
    const auto half = static_cast<std::ptrdiff_t>(cells.observed.size() / 2);
    cells.stand_in.assign(cells.observed.begin(), cells.observed.begin() + half);
    cells.observed.erase(cells.observed.begin(), cells.observed.begin() + half);
  }
  const std::size_t size = std::min(cells.stand_in.size(), cells.observed.size());
  if (size == 0) return std::nullopt;
  cells.stand_in.resize(size);
  cells.observed.resize(size);
  return cells;
}

}  // namespace

std::optional<RealCells> draw_ceiling(const Screen& screen, const Split& split,
                                      std::span<const std::int64_t> test_cells, Random random) {
  return equal_draws({cells_in_fold(regime_of(screen, test_cells), split, Fold::train),
                      {test_cells.begin(), test_cells.end()}},
                     random);
}

std::optional<RealCells> draw_chance(const Screen& screen, const Split& split, std::span<const std::int64_t> test_cells,
                                     Random random) {
  const Regime& own = regime_of(screen, test_cells);
  std::vector<const Regime*> others;
  for (const Regime& regime : screen.regimes)
    if (!regime.targets.empty() && &regime != &own && count_cells(split, regime, Fold::train) > 0)
      others.push_back(&regime);
  if (others.empty()) return std::nullopt;
  const Regime& other = *others[random.below(others.size())];
  return equal_draws({cells_in_fold(other, split, Fold::train), {test_cells.begin(), test_cells.end()}}, random);
}

}  // namespace gracevae
