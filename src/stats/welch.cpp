#include "stats/welch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "stats/distributions.hpp"

namespace gracevae::impl {

namespace {

/// Degrees of freedom of a sum of two squared errors of means, a of n₁ and b of n₀ rows.
double satterthwaite(double a, double n1, double b, double n0) {
  return (a + b) * (a + b) / (a * a / (n1 - 1) + b * b / (n0 - 1));
}

/// The smallest variance that counts allow a column, given its mean over the rows of both groups.
double variance_floor(const GroupMoments& moments, std::int64_t group, std::int64_t reference, std::int64_t column,
                      const WelchOptions& options) {
  const auto n1 = static_cast<double>(moments.n_rows(group)), n0 = static_cast<double>(moments.n_rows(reference));
  const double mean = (n1 * moments.mean(group, column) + n0 * moments.mean(reference, column)) / (n1 + n0);
  const double to_natural = std::log(options.log_base);
  return options.floor->at(mean * to_natural) / (to_natural * to_natural);
}

}  // namespace

ColumnTests welch_test(const GroupMoments& moments, std::int64_t group, std::int64_t reference,
                       const WelchOptions& options) {
  GRACEVAE_CHECK(moments.n_rows(group) >= 2 && moments.n_rows(reference) >= 2, "both groups must hold two rows");
  const auto n1 = static_cast<double>(moments.n_rows(group));
  const auto n0 = options.overestimates_variance ? n1 : static_cast<double>(moments.n_rows(reference));
  ColumnTests result;
  result.scores.resize(static_cast<std::size_t>(moments.n_columns()));
  result.p_values.resize(result.scores.size());
  for (std::int64_t column = 0; column < moments.n_columns(); ++column) {
    const double floor = options.floor ? variance_floor(moments, group, reference, column, options) : 0;
    const double a = std::max(moments.variance(group, column), floor) / n1;
    const double b = std::max(moments.variance(reference, column), floor) / n0;
    const double difference = moments.mean(group, column) - moments.mean(reference, column);
    double t = 0, p = 1;
    if (a + b > 0) {
      t = welch_t(difference, a + b);
      p = student_two_sided(t, satterthwaite(a, n1, b, n0));
    } else if (difference != 0) {
      t = std::copysign(std::numeric_limits<double>::infinity(), difference);
      p = 0;
    }
    result.scores[static_cast<std::size_t>(column)] = t;
    result.p_values[static_cast<std::size_t>(column)] = p;
  }
  return result;
}

}  // namespace gracevae::impl
