#pragma once
/// @file What to measure next.
#include <cstdint>
#include <span>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// One condition of a plan.
struct PlannedCondition {
  std::int64_t item = 0;       ///< row of the covariance
  double reduction = 0;        ///< expected fall of Σ over what is of interest of posterior variances
  double left = 0;             ///< that sum afterwards
  double expected_cosine = 0;  ///< mean ρ* afterwards over what is of interest and neither measured nor planned
};

/// How the next condition is chosen.
enum class PlanCriterion {
  reduction,  ///< Σ_{j of interest} Σ_jc²/(Σ_cc + r) is largest
  variance,   ///< Σ_cc is largest: the most different from what is measured and planned
  random
};

/// Greedy plan over a posterior covariance Σ [m, m] of conditions: the next candidate c is chosen by
/// `criterion`, then Σ ← Σ − Σ_·c Σ_c·/(Σ_cc + r), so that conditions that would say the
/// same are not both planned. `priors` [m]: variances before anything was measured, for ρ_j = √(1 − Σ_jj/prior_j).
/// Deterministic; ties go to the first. Cost budget·m². Takes Σ's memory.
/// @param noise r, the squared error of a measured effect
/// @test tests/unit/effects/design_test.cpp
std::vector<PlannedCondition> greedy_plan(Matrix<double> covariance, std::span<const double> priors,
                                          std::span<const std::int64_t> candidates,
                                          std::span<const std::int64_t> interest, double noise, std::int64_t budget,
                                          PlanCriterion criterion = PlanCriterion::reduction, std::uint64_t seed = 0);

}  // namespace gracevae::impl
