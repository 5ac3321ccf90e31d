#pragma once
/// @file Welch's t-test of every gene between two groups of cells.
#include <cstdint>
#include <vector>

#include "screen/group_moments.hpp"

namespace gracevae {

/// A statistic and its two-sided p-value for every gene.
struct GeneScores {
  std::vector<double> scores, p_values;  ///< [n_genes]
};

/// t = (m₁ − m₀)/√(v₁/n₁ + v₀/n₀), variances with n − 1, and its p-value with Welch and Satterthwaite's degrees of
/// freedom. scanpy's `t-test` (scipy.stats.ttest_ind_from_stats without equal variances): where both groups are
/// constant, equal means give t = 0 and p = 1, different ones ±∞ and 0. Both groups must hold two cells.
GeneScores welch_test(const GroupMoments& moments, std::int64_t group, std::int64_t reference);

}  // namespace gracevae
