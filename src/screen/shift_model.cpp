#include "screen/shift_model.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "stats/low_rank_map.hpp"

namespace gracevae::impl {

namespace {

void add(std::vector<double>& sum, const std::vector<double>& row, double factor = 1) {
  for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += factor * row[g];
}

std::optional<ShiftModel> linear_model(const Screen& screen, const TrainedShifts& trained) {
  std::unordered_map<std::string, std::int64_t> gene;
  for (std::size_t g = 0; g < screen.genes.size(); ++g) gene.emplace(screen.genes[g], static_cast<std::int64_t>(g));
  std::vector<std::vector<double>> means{trained.control_mean}, shifts;
  std::vector<std::int64_t> genes_of_shifts, genes_of_targets;
  for (const auto& [target, shift] : trained.of_target) {
    add(means.emplace_back(trained.control_mean), shift);
    if (const auto found = gene.find(target); found != gene.end()) {
      shifts.push_back(shift);
      genes_of_shifts.push_back(found->second);
    }
  }
  if (shifts.empty()) return std::nullopt;
  std::vector<std::string> measured;
  for (const auto& target : targets_of(screen))
    if (const auto found = gene.find(target); found != gene.end()) {
      measured.push_back(target);
      genes_of_targets.push_back(found->second);
    }
  LowRankMap map = low_rank_map(means, shifts, genes_of_shifts, genes_of_targets);
  ShiftModel model{std::move(map.centre), std::map<std::string, std::vector<double>>{}};
  for (std::size_t i = 0; i < measured.size(); ++i) model.rows->emplace(measured[i], std::move(map.columns[i]));
  return model;
}

}  // namespace

std::optional<std::vector<double>> ShiftModel::shift(const std::vector<std::string>& targets) const {
  std::vector<double> sum = constant;
  for (const std::string& target : targets) {
    if (!rows) break;
    const auto found = rows->find(target);
    if (found == rows->end()) return std::nullopt;
    add(sum, found->second);
  }
  return sum;
}

TrainedShifts trained_shifts(const Screen& screen, const Split& split) {
  TrainedShifts trained{mean_of_cells(screen, screen.regimes.front().cells), {}};
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.size() != 1) continue;
    const std::vector<std::int64_t> cells = cells_in_fold(regime, split, Fold::train);
    if (cells.empty()) continue;
    std::vector<double> shift = mean_of_cells(screen, cells);
    add(shift, trained.control_mean, -1);
    trained.of_target.emplace(regime.targets.front(), std::move(shift));
  }
  return trained;
}

std::optional<ShiftModel> make_shift_model(const std::string& name, const Screen& screen,
                                           const TrainedShifts& trained) {
  ShiftModel model{std::vector<double>(trained.control_mean.size(), 0.0), std::nullopt};
  if (name == "control") return model;
  if (name == "additive") {
    model.rows = trained.of_target;
    return model;
  }
  if (name == "linear") return linear_model(screen, trained);
  GRACEVAE_CHECK(name == "mean-shift", "a shift model's name");
  if (trained.of_target.empty()) return std::nullopt;
  for (const auto& [target, shift] : trained.of_target)
    add(model.constant, shift, 1 / static_cast<double>(trained.of_target.size()));
  return model;
}

}  // namespace gracevae::impl
