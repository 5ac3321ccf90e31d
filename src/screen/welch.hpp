#pragma once
/// @file Welch's t-test of every gene between two groups of cells.
#include <cstdint>
#include <vector>

#include "screen/count_variance.hpp"
#include "screen/group_moments.hpp"

namespace gracevae::impl {

/// A statistic and its two-sided p-value for every gene.
struct GeneScores {
  std::vector<double> scores, p_values;  ///< [n_genes]
};

struct WelchOptions {
  /// The group's number of cells stands for the reference's too, in the error and in the degrees of freedom: scanpy's
  /// `t-test_overestim_var`, more cautious where control has many cells.
  bool overestimates_variance = false;
  /// Both variances are at least what counts of the mean over both groups' cells have; nullptr = no floor. Without it a
  /// gene that a small group shows no count of has variance 0 there, and any p-value.
  const CountVariance* floor = nullptr;
  double log_base = 2.718281828459045;  ///< of the values; read with a floor only
};

/// t = (m₁ − m₀)/√(v₁/n₁ + v₀/n₀), variances with n − 1, and its p-value with Welch and Satterthwaite's degrees of
/// freedom. scanpy's `t-test` (scipy.stats.ttest_ind_from_stats without equal variances): where both groups are
/// constant, equal means give t = 0 and p = 1, different ones ±∞ and 0. Both groups must hold two cells.
/// @test tests/unit/screen/differential_test.cpp (SciPy; counts without an effect)
GeneScores welch_test(const GroupMoments& moments, std::int64_t group, std::int64_t reference,
                      const WelchOptions& options = {});

}  // namespace gracevae::impl
