#include "screen/effect_errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gracevae::impl {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

EffectErrors::EffectErrors(const Screen& screen, const Split& split)
    : screen_(screen), split_(split), counting_(one_count_log1p(screen.rows())),
      controls_(by_stratum(screen.covariates, screen.regimes.front().cells)) {}

const std::vector<double>& EffectErrors::squared(const std::string& target) {
  const auto n_genes = static_cast<std::size_t>(screen_.n_genes());
  const auto [found, is_new] = squared_.try_emplace(target, n_genes, kUnknown);
  if (!is_new) return found->second;
  const std::vector<std::int64_t> cells = training_cells(screen_, split_, target);
  if (cells.empty()) return found->second;
  const auto of_strata = by_stratum(screen_.covariates, cells);
  std::vector<double> sum(n_genes, 0.0);
  for (std::size_t s = 0; s < of_strata.size(); ++s)
    if (!of_strata[s].empty())
      add_squared(of_strata[s], s, static_cast<double>(of_strata[s].size()) / static_cast<double>(cells.size()), sum);
  for (std::size_t g = 0; g < n_genes; ++g)
    if (sum[g] > 0) found->second[g] = sum[g];
  return found->second;
}

void EffectErrors::add_squared(const std::vector<std::int64_t>& cells, std::size_t stratum, double share,
                               std::vector<double>& sum) {
  const MeanOfCells label(screen_, cells),
      &control = control_.try_emplace(stratum, screen_, controls_[stratum]).first->second;
  const auto n = static_cast<double>(cells.size()), n_control = static_cast<double>(controls_[stratum].size());
  for (std::size_t g = 0; g < sum.size(); ++g) {
    const double pooled_mean = (n * label.mean[g] + n_control * control.mean[g]) / (n + n_control),
                 least = counting_.at(pooled_mean),
                 control_variance = std::max(n_control * control.squared_error[g], least),
                 variance = n < 2 ? control_variance : std::max(n * label.squared_error[g], least);
    sum[g] += share * share * (variance / n + control_variance / n_control);
  }
}

std::vector<double> EffectErrors::of(const std::vector<std::string>& targets) {
  std::vector<double> sum(static_cast<std::size_t>(screen_.n_genes()), targets.empty() ? kUnknown : 0);
  for (const std::string& target : targets) {
    const std::vector<double>& error = squared(target);
    for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += error[g];
  }
  for (double& value : sum) value = std::sqrt(value);
  return sum;
}

std::int64_t n_training_cells(const Screen& screen, const Split& split, const std::string& target) {
  return std::ssize(training_cells(screen, split, target));
}

}  // namespace gracevae::impl
