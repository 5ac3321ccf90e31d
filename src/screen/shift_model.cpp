#include "screen/shift_model.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "stats/design_regression.hpp"
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
    add(sum, found->second, targets.size() > 1 ? scale : 1);
  }
  return sum;
}

namespace {

/// Means of the control cells of each stratum, made when first asked for.
class StratumControls {
 public:
  explicit StratumControls(const Screen& screen)
      : screen_(screen), cells_(by_stratum(screen.covariates, screen.regimes.front().cells)), means_(cells_.size()) {}

  const Screen& screen() const { return screen_; }
  /// [n_genes]
  const std::vector<double>& mean(std::size_t stratum) {
    if (means_[stratum].empty()) means_[stratum] = mean_of_cells(screen_, cells_[stratum]);
    return means_[stratum];
  }

 private:
  const Screen& screen_;
  std::vector<std::vector<std::int64_t>> cells_;
  std::vector<std::vector<double>> means_;
};

/// From the mean of `cells`, that of control cells of the same composition of strata.
void take_controls_out(StratumControls& controls, std::span<const std::int64_t> cells, std::vector<double>& mean) {
  const auto of_stratum = by_stratum(controls.screen().covariates, cells);
  for (std::size_t s = 0; s < of_stratum.size(); ++s)
    if (!of_stratum[s].empty())
      add(mean, controls.mean(s), -static_cast<double>(of_stratum[s].size()) / static_cast<double>(cells.size()));
}

}  // namespace

TrainedShifts trained_shifts(const Screen& screen, const Split& split) {
  TrainedShifts trained{mean_of_cells(screen, screen.regimes.front().cells), {}, {}};
  StratumControls of_strata(screen);
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.empty()) continue;
    const std::vector<std::int64_t> cells = cells_in_fold(regime, split, Fold::train);
    if (cells.empty()) continue;
    std::vector<double> shift = mean_of_cells(screen, cells);
    if (screen.covariates.n_strata() == 1)
      add(shift, trained.control_mean, -1);
    else
      take_controls_out(of_strata, cells, shift);
    if (regime.targets.size() == 1) trained.of_target.emplace(regime.targets.front(), shift);
    trained.conditions.push_back({regime.targets, std::ssize(cells), std::move(shift)});
  }
  return trained;
}

void TrainedShifts::borrow(const TrainedShifts& others) {
  for (const TrainedCondition& other : others.conditions) {
    const bool has = std::ranges::any_of(conditions, [&](const TrainedCondition& condition) {
      return condition.targets == other.targets;
    });
    if (has) continue;
    conditions.push_back(other);
    if (other.targets.size() == 1) of_target.emplace(other.targets.front(), other.shift);
  }
}

bool TrainedShifts::combine() const {
  return std::ranges::any_of(conditions, [](const auto& condition) { return condition.targets.size() > 1; });
}

std::optional<ShiftModel> scaled_additive_model(const TrainedShifts& trained) {
  ShiftModel model{std::vector<double>(trained.control_mean.size(), 0.0), trained.of_target};
  std::vector<ShiftPair> pairs;
  for (const TrainedCondition& condition : trained.conditions)
    if (condition.targets.size() > 1)
      if (auto sum = model.shift(condition.targets)) pairs.push_back({std::move(*sum), condition.shift});
  if (pairs.empty()) return std::nullopt;
  model.scale = combination_scale(pairs);
  return model;
}

std::optional<ShiftModel> regression_model(const TrainedShifts& trained, const std::vector<double>& variance) {
  if (!trained.combine()) return std::nullopt;
  std::map<std::string, std::int64_t> number;
  for (const TrainedCondition& condition : trained.conditions)
    for (const std::string& target : condition.targets) number.emplace(target, 0);
  std::int64_t next = 0;
  for (auto& entry : number) entry.second = next++;
  std::vector<DesignGroup> groups;
  for (const TrainedCondition& condition : trained.conditions) {
    DesignGroup& group = groups.emplace_back(
        DesignGroup{.factors = {}, .n = static_cast<double>(condition.n_cells), .shift = condition.shift});
    for (const std::string& target : condition.targets) group.factors.push_back(number.at(target));
  }
  DesignEffects found = design_effects(groups, next, variance, 1);
  ShiftModel model{std::vector<double>(variance.size(), 0.0), std::map<std::string, std::vector<double>>{}};
  for (const auto& [target, k] : number)
    model.rows->emplace(target, std::move(found.effects[static_cast<std::size_t>(k)]));
  return model;
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
