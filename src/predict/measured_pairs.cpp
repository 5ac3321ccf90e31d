#include "predict/measured_pairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "screen/labels.hpp"

namespace gracevae::impl {

namespace {

using Effects = std::vector<std::array<double, 3>>;  ///< [n_genes] δ_a, δ_b, δ_ab

/// The covariance of cells' projections on three effects, divided by their number.
Matrix3 projected_covariance(const CsrView<float>& rows, const std::vector<std::int64_t>& cells,
                             const Effects& effects) {
  Effects projections(cells.size());
  std::array<double, 3> mean{};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto columns = rows.row_indices(cells[i]);
    const auto values = rows.row_values(cells[i]);
    for (std::size_t k = 0; k < columns.size(); ++k)
      for (std::size_t j = 0; j < 3; ++j)
        projections[i][j] += static_cast<double>(values[k]) * effects[static_cast<std::size_t>(columns[k])][j];
    for (std::size_t j = 0; j < 3; ++j) mean[j] += projections[i][j] / static_cast<double>(cells.size());
  }
  Matrix3 result{};
  for (const auto& projection : projections)
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) result[i][j] += (projection[i] - mean[i]) * (projection[j] - mean[j]);
  const auto n = static_cast<double>(cells.size());
  for (auto& row : result)
    for (double& value : row) value /= n * (n - 1);
  return result;
}

std::vector<double> difference(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<double> result(x.size());
  std::transform(x.begin(), x.end(), y.begin(), result.begin(), std::minus<>());
  return result;
}

}  // namespace

MeasuredPairs::Group MeasuredPairs::group_of(const std::vector<std::string>& targets) const {
  Group group;
  const std::int32_t found = screen_.find_regime(targets);
  if (found < 0) return group;
  const Regime& regime = screen_.regimes[static_cast<std::size_t>(found)];
  group.cells = targets.empty() ? regime.cells : cells_in_fold(regime, split_, Fold::train);
  group.trained = !group.cells.empty();
  if (!group.trained) group.cells = cells_in_fold(regime, split_, Fold::test);
  if (std::ssize(group.cells) < kLeastCells) return group;
  MeanOfCells moments(screen_, group.cells);
  group.mean = std::move(moments.mean);
  group.noise = std::accumulate(moments.squared_error.begin(), moments.squared_error.end(), 0.0);
  return group;
}

const MeasuredPairs::Group& MeasuredPairs::kept_group(const std::vector<std::string>& targets) {
  const auto found = groups_.find(targets);
  return found != groups_.end() ? found->second : groups_.emplace(targets, group_of(targets)).first->second;
}

std::optional<MeasuredPair> MeasuredPairs::of(const std::vector<std::string>& targets) {
  if (targets.size() != 2 || screen_.find_regime(targets) < 0) return std::nullopt;
  const Group ab = group_of(targets);
  const Group &control = kept_group({}), &a = kept_group({targets[0]}), &b = kept_group({targets[1]});
  MeasuredPair result{std::ssize(a.cells), std::ssize(b.cells), std::ssize(ab.cells), ab.trained, {}, {}};
  if (screen_.covariates.n_strata() > 1) {
    result.why = "cells have strata, within which pairs are not tested";
    return result;
  }
  const std::vector<std::pair<std::string, const Group*>> groups = {{"control", &control},
                                                                    {targets[0], &a},
                                                                    {targets[1], &b},
                                                                    {label_of(targets), &ab}};
  for (const auto& [label, group] : groups)
    if (std::ssize(group->cells) < kLeastCells) {
      result.why = fmt::format("{} has {} cells, fewer than {}", label, group->cells.size(), kLeastCells);
      return result;
    }
  const std::vector<double> delta_a = difference(a.mean, control.mean), delta_b = difference(b.mean, control.mean),
                            delta_ab = difference(ab.mean, control.mean);
  Effects effects(delta_a.size());
  for (std::size_t g = 0; g < effects.size(); ++g) effects[g] = {delta_a[g], delta_b[g], delta_ab[g]};
  const auto summary = [&](const Group& group) {
    return PairGroup{static_cast<double>(group.cells.size()), group.noise,
                     projected_covariance(screen_.rows(), group.cells, effects)};
  };
  result.estimate =
      estimate_pair({products_of(delta_a, delta_b, delta_ab), summary(control), summary(a), summary(b), summary(ab)});
  return result;
}

}  // namespace gracevae::impl
