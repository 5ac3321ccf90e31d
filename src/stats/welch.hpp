#pragma once
/// @file Welch's t-test of every column between two groups of rows.
#include <cmath>
#include <cstdint>
#include <vector>

#include "stats/count_variance.hpp"
#include "stats/group_moments.hpp"

namespace gracevae::impl {

/// t of a difference of two means, whose squared standard errors v/n sum to `squared_error`; 0 where that is 0.
inline double welch_t(double difference, double squared_error) {
  return squared_error > 0 ? difference / std::sqrt(squared_error) : 0;
}

/// A statistic and its two-sided p-value for every column.
struct ColumnTests {
  std::vector<double> scores, p_values;
};

struct WelchOptions {
  /// The group's number of rows stands for the reference's too, in the error and in the degrees of freedom: scanpy's
  /// `t-test_overestim_var`, more cautious where the reference has many rows.
  bool overestimates_variance = false;
  /// Both variances are at least what counts of the mean over both groups' rows have; nullptr = no floor. Without it a
  /// column without a count in a small group has variance 0 there, and any p-value.
  const CountVariance* floor = nullptr;
  double log_base = 2.718281828459045;  ///< of the values; read with a floor only
};

/// t = (m₁ − m₀)/√(v₁/n₁ + v₀/n₀), variances with n − 1, and its p-value with Welch and Satterthwaite's degrees of
/// freedom. scanpy's `t-test` (scipy.stats.ttest_ind_from_stats without equal variances): where both groups are
/// constant, equal means give t = 0 and p = 1, different ones ±∞ and 0. Both groups must hold two rows.
/// @test tests/unit/screen/differential_test.cpp (SciPy; counts without an effect)
ColumnTests welch_test(const GroupMoments& moments, std::int64_t group, std::int64_t reference,
                       const WelchOptions& options = {});

}  // namespace gracevae::impl
