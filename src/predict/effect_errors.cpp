#include "predict/effect_errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gracevae::impl {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

EffectErrors::EffectErrors(const Screen& screen, const Split& split)
    : screen_(screen), split_(split), counting_(one_count_log1p(screen.rows())),
      control_(screen, screen.regimes.front().cells),
      n_control_(static_cast<double>(screen.regimes.front().cells.size())) {}

const std::vector<double>& EffectErrors::squared(const std::string& target) {
  const auto [found, is_new] = squared_.try_emplace(target, control_.mean.size(), kUnknown);
  if (!is_new) return found->second;
  const std::vector<std::int64_t> cells = training_cells(screen_, split_, target);
  if (cells.empty()) return found->second;
  const MeanOfCells label(screen_, cells);
  const auto n = static_cast<double>(cells.size());
  for (std::size_t g = 0; g < control_.mean.size(); ++g) {
    const double pooled_mean = (n * label.mean[g] + n_control_ * control_.mean[g]) / (n + n_control_),
                 least = counting_.at(pooled_mean),
                 control_variance = std::max(n_control_ * control_.squared_error[g], least),
                 variance = n < 2 ? control_variance : std::max(n * label.squared_error[g], least);
    const double error = variance / n + control_variance / n_control_;
    if (error > 0) found->second[g] = error;
  }
  return found->second;
}

std::vector<double> EffectErrors::of(const std::vector<std::string>& targets) {
  std::vector<double> sum(control_.mean.size(), targets.empty() ? kUnknown : 0);
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
