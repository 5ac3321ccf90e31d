#include "effects/design.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/progress.hpp"
#include "base/random.hpp"

namespace gracevae::impl {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Σ_{j of interest} Σ_jc²/(Σ_cc + r)
double reduction_by(const Matrix<double>& covariance, std::int64_t c, std::span<const std::int64_t> interest,
                    double noise) {
  const double variance = covariance(c, c) + noise;
  if (variance <= 0) return 0;  // known already
  double sum = 0;
  const auto row = covariance.row(c);
  for (const std::int64_t j : interest) sum += row[at(j)] * row[at(j)];
  return sum / variance;
}

}  // namespace

std::vector<PlannedCondition> greedy_plan(Matrix<double> covariance, std::span<const double> priors,
                                          std::span<const std::int64_t> candidates,
                                          std::span<const std::int64_t> interest, double noise, std::int64_t budget,
                                          PlanCriterion criterion, std::uint64_t seed) {
  const std::int64_t m = covariance.n_rows;
  GRACEVAE_CHECK(covariance.n_cols == m && std::ssize(priors) == m, "a covariance and its priors");
  std::vector<bool> planned(at(m), false);
  std::vector<PlannedCondition> plan;
  budget = std::min(budget, std::ssize(candidates));
  Progress progress("planning", budget);
  std::vector<double> scores(candidates.size());
  Random random(seed, "design.random");
  std::vector<double> drawn;
  for (std::size_t k = 0; k < candidates.size(); ++k) drawn.push_back(random.uniform());
  for (std::int64_t step = 0; step < budget; ++step) {
#pragma omp parallel for schedule(static)
    for (std::int64_t k = 0; k < std::ssize(candidates); ++k) {
      const std::int64_t c = candidates[at(k)];
      scores[at(k)] = planned[at(c)]                          ? -1
                      : criterion == PlanCriterion::reduction ? reduction_by(covariance, c, interest, noise)
                      : criterion == PlanCriterion::variance  ? covariance(c, c)
                                                              : drawn[at(k)];
    }
    const std::int64_t c = candidates[at(std::ranges::max_element(scores) - scores.begin())];
    PlannedCondition next;
    next.item = c;
    next.reduction = reduction_by(covariance, c, interest, noise);
    planned[at(c)] = true;

    const std::vector<double> row(covariance.row(c).begin(), covariance.row(c).end());
    const double variance = row[at(c)] + noise;
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < m; ++i) {
      const double factor = variance > 0 ? row[at(i)] / variance : 0;
      if (factor == 0) continue;
      for (std::int64_t j = 0; j < m; ++j) covariance(i, j) -= factor * row[at(j)];
    }
    double n = 0;
    for (const std::int64_t j : interest) {
      const double rest = std::max(0.0, covariance(j, j));
      next.left += rest;
      if (planned[at(j)]) continue;
      next.expected_cosine += std::sqrt(std::max(0.0, 1 - rest / priors[at(j)]));
      ++n;
    }
    next.expected_cosine = n > 0 ? next.expected_cosine / n : 1;
    plan.push_back(next);
    progress.update(step + 1, "");
  }
  return plan;
}

}  // namespace gracevae::impl
