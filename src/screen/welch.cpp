#include "screen/welch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "screen/multiple_testing.hpp"

namespace gracevae::impl {

namespace {

/// Degrees of freedom of a sum of two squared errors of means, a of n₁ and b of n₀ cells.
double satterthwaite(double a, double n1, double b, double n0) {
  return (a + b) * (a + b) / (a * a / (n1 - 1) + b * b / (n0 - 1));
}

/// The smallest variance that counts allow a gene, given its mean over the cells of both groups.
double variance_floor(const GroupMoments& moments, std::int64_t group, std::int64_t reference, std::int64_t gene,
                      const WelchOptions& options) {
  const auto n1 = static_cast<double>(moments.n_cells(group)), n0 = static_cast<double>(moments.n_cells(reference));
  const double mean = (n1 * moments.mean(group, gene) + n0 * moments.mean(reference, gene)) / (n1 + n0);
  const double to_natural = std::log(options.log_base);
  return options.floor->at(mean * to_natural) / (to_natural * to_natural);
}

}  // namespace

GeneScores welch_test(const GroupMoments& moments, std::int64_t group, std::int64_t reference,
                      const WelchOptions& options) {
  GRACEVAE_CHECK(moments.n_cells(group) >= 2 && moments.n_cells(reference) >= 2, "both groups must hold two cells");
  const auto n1 = static_cast<double>(moments.n_cells(group));
  const auto n0 = options.overestimates_variance ? n1 : static_cast<double>(moments.n_cells(reference));
  GeneScores result;
  result.scores.resize(static_cast<std::size_t>(moments.n_genes()));
  result.p_values.resize(result.scores.size());
  for (std::int64_t gene = 0; gene < moments.n_genes(); ++gene) {
    const double floor = options.floor ? variance_floor(moments, group, reference, gene, options) : 0;
    const double a = std::max(moments.variance(group, gene), floor) / n1;
    const double b = std::max(moments.variance(reference, gene), floor) / n0;
    const double difference = moments.mean(group, gene) - moments.mean(reference, gene);
    double t = 0, p = 1;
    if (a + b > 0) {
      t = difference / std::sqrt(a + b);
      p = student_two_sided(t, satterthwaite(a, n1, b, n0));
    } else if (difference != 0) {
      t = std::copysign(std::numeric_limits<double>::infinity(), difference);
      p = 0;
    }
    result.scores[static_cast<std::size_t>(gene)] = t;
    result.p_values[static_cast<std::size_t>(gene)] = p;
  }
  return result;
}

}  // namespace gracevae::impl
