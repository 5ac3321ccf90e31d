#pragma once
/// @file Effects of single factors from the means of groups in which several act at once.
#include <cstdint>
#include <span>
#include <vector>

namespace gracevae::impl {

/// A group in which some factors act.
struct DesignGroup {
  std::vector<std::int64_t> factors;  ///< all different
  double n = 0;                       ///< observations
  std::span<const double> shift;      ///< [p] its mean, less that of the group without factors
};

struct DesignEffects {
  std::vector<std::vector<double>> effects;  ///< of each factor, [p]
  std::vector<double> n;  ///< of each factor: observations of it alone whose mean would have the same error
};

/// Ridge regression of the groups' shifts on which factors act: shift_r = c_r·Σ_{k in r} effect_k + error, c_r = 1 for
/// one factor and `scale` for more. The error's variance is that of a mean, v/n_r, and for groups of several factors
/// besides what they do that is no sum, v·κ, the same share κ of every column's variance v, found from what a first fit
/// with κ = 0 leaves. The ridge is a tenth of an observation: it decides only where the groups do not. variance [p] is
/// that of one observation; columns without one have no say in κ.
/// @test tests/unit/stats/design_regression_test.cpp
DesignEffects design_effects(std::span<const DesignGroup> groups, std::int64_t n_factors,
                             std::span<const double> variance, double scale);

/// The sum of several factors' effects, and what the group in which all of them act shows, [p] each.
struct ShiftPair {
  std::vector<double> sum;
  std::span<const double> observed;
};

/// Weights of pairs in a fit of c, by their ‖observed‖²: 1/(‖observed‖² + a quarter of the median); 0 where that is 0.
std::vector<double> pair_weights(std::span<const double> squares);
/// The weight on c = 1 in such a fit, in pairs.
inline constexpr double kPriorPairs = 0.5;

/// c of observed ≈ c·sum: least squares over all pairs with pair_weights and kPriorPairs, so that without pairs it
/// is 1.
/// @test tests/unit/stats/design_regression_test.cpp
double combination_scale(std::span<const ShiftPair> pairs);

}  // namespace gracevae::impl
