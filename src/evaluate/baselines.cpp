#include "evaluate/baselines.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "stats/group_moments.hpp"

namespace gracevae::impl {

namespace {

/// Of each gene over the control cells; 0 of a single cell.
std::vector<double> control_variance(const Screen& screen) {
  const CsrView<float> rows = screen.rows();
  GroupMoments moments(1, rows.n_cols);
  for (const std::int64_t cell : screen.regimes.front().cells)
    moments.add(0, rows.row_indices(cell), rows.row_values(cell));
  std::vector<double> variance(static_cast<std::size_t>(rows.n_cols), 0.0);
  for (std::int64_t g = 0; moments.n_rows(0) > 1 && g < rows.n_cols; ++g)
    variance[static_cast<std::size_t>(g)] = moments.variance(0, g);
  return variance;
}

}  // namespace

Baselines::Baselines(const Screen& screen, const Split& split, const TrainedShifts* elsewhere,
                     const PredictedShifts* predicted)
    : screen_(screen), predicted_(predicted), trained_(trained_shifts(screen, split)),
      nonnegative_(screen.values().n_negative == 0) {
  if (elsewhere) trained_.borrow(*elsewhere);
  if (nonnegative_) {
    CsrMatrix<float> controls;
    controls.n_cols = screen.n_genes();
    for (const std::int64_t cell : screen.regimes.front().cells) append_row(screen.rows(), cell, controls);
    control_values_ = transposed(controls, controls.n_rows);
  }
  for (const std::string& name : kShiftModels) models_.emplace(name, make_shift_model(name, screen, trained_));
  if (trained_.combine()) {
    models_.emplace("scaled-additive", scaled_additive_model(trained_));
    models_.emplace("regression", regression_model(trained_, control_variance(screen)));
  }
  for (std::size_t k = 1; k < screen.regimes.size(); ++k)
    if (const auto cells = cells_in_fold(screen.regimes[k], split, Fold::train); !cells.empty())
      training_means_.emplace(static_cast<std::int32_t>(k), mean_of_cells(screen, cells));
}

const ShiftModel* Baselines::model_of(const std::string& name) const {
  if (name == "additive-clipped" && !nonnegative_) return nullptr;
  const auto found = models_.find(name == "additive-clipped" ? "additive" : name);
  return found != models_.end() && found->second ? &*found->second : nullptr;
}

std::optional<std::vector<double>> Baselines::shift(const std::string& name, const Regime& regime) const {
  if (predicted_ && predicted_->contains(name)) {
    std::vector<std::string> targets = regime.targets;
    std::ranges::sort(targets);
    const auto& row = predicted_->at(name);
    const auto found = row.find(targets);
    return found == row.end() ? std::nullopt : std::optional(found->second);
  }
  const ShiftModel* const model = model_of(name);
  return model ? model->shift(regime.targets) : std::nullopt;
}

std::optional<std::vector<double>> Baselines::mean(const std::string& name, const Regime& regime) const {
  if (name == "training-mean") {
    const auto found = training_means_.find(static_cast<std::int32_t>(&regime - screen_.regimes.data()));
    return found == training_means_.end() ? std::nullopt : std::optional(found->second);
  }
  auto shift = this->shift(name, regime);
  if (!shift) return std::nullopt;
  if (name == "additive-clipped") return clipped_mean(*shift);
  for (std::size_t g = 0; g < shift->size(); ++g) (*shift)[g] += trained_.control_mean[g];
  return shift;
}

std::vector<double> Baselines::clipped_mean(const std::vector<double>& shift) const {
  std::vector<double> mean(shift.size());
  for (std::size_t g = 0; g < mean.size(); ++g) {
    const auto values = control_values_.row_values(static_cast<std::int64_t>(g));
    double sum = static_cast<double>(control_values_.n_cols - std::ssize(values)) * std::max(0.0, shift[g]);
    for (const float value : values) sum += std::max(0.0, static_cast<double>(value) + shift[g]);
    mean[g] = sum / static_cast<double>(control_values_.n_cols);
  }
  return mean;
}

std::optional<CommonRows> Baselines::cells(const std::string& name, std::span<const std::int64_t> controls,
                                           const Regime& regime) const {
  if (name == "training-mean") return std::nullopt;
  const auto shift = this->shift(name, regime);
  if (!shift) return std::nullopt;
  const double least = name == "additive-clipped" ? 0 : std::numeric_limits<double>::lowest();
  return common_rows(screen_.rows(), controls, [&](std::int64_t gene, float value) {
    return static_cast<float>(std::max(least, static_cast<double>(value) + (*shift)[static_cast<std::size_t>(gene)]));
  });
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

std::optional<RealCells> draw_replicate(const Screen& screen, const Split& split,
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

}  // namespace gracevae::impl
