#include "screen/welch.hpp"

#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "screen/multiple_testing.hpp"

namespace gracevae {

namespace {

/// Degrees of freedom of a sum of two squared errors of means, a of n₁ and b of n₀ cells.
double satterthwaite(double a, double n1, double b, double n0) {
  return (a + b) * (a + b) / (a * a / (n1 - 1) + b * b / (n0 - 1));
}

}  // namespace

GeneScores welch_test(const GroupMoments& moments, std::int64_t group, std::int64_t reference) {
  const auto n1 = static_cast<double>(moments.n_cells(group)), n0 = static_cast<double>(moments.n_cells(reference));
  GRACEVAE_CHECK(n1 >= 2 && n0 >= 2, "both groups must hold two cells");
  GeneScores result;
  result.scores.resize(static_cast<std::size_t>(moments.n_genes()));
  result.p_values.resize(result.scores.size());
  for (std::int64_t gene = 0; gene < moments.n_genes(); ++gene) {
    const double a = moments.variance(group, gene) / n1, b = moments.variance(reference, gene) / n0;
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

}  // namespace gracevae
