#include "stats/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <unsupported/Eigen/SpecialFunctions>

namespace gracevae::impl {

namespace {

double log_choose(double n, double k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

}  // namespace

double student_two_sided(double t, double degrees) {
  const double square = t * t;
  if (std::isinf(square)) return 0;
  if (square < 1) return 1 - Eigen::numext::betainc(0.5, degrees / 2, square / (degrees + square));
  return Eigen::numext::betainc(degrees / 2, 0.5, degrees / (degrees + square));
}

double student_quantile(double p, double degrees) {
  double low = 0, high = 1;
  while (student_two_sided(high, degrees) > p) high *= 2;
  for (int step = 0; step < 100; ++step) {
    const double middle = (low + high) / 2;
    (student_two_sided(middle, degrees) > p ? low : high) = middle;
  }
  return high;
}

double normal_two_sided(double z) { return std::erfc(std::abs(z) / std::sqrt(2.0)); }

double chi_square_tail(double x, double degrees) { return x > 0 ? Eigen::numext::igammac(degrees / 2, x / 2) : 1; }

double hypergeometric_tail(std::int64_t k, std::int64_t n_total, std::int64_t n_marked, std::int64_t n_drawn) {
  const std::int64_t most = std::min(n_marked, n_drawn),
                     least = std::max<std::int64_t>(0, n_drawn - (n_total - n_marked));
  if (k <= least) return 1;
  const auto total = static_cast<double>(n_total), marked = static_cast<double>(n_marked),
             drawn = static_cast<double>(n_drawn);
  const double all = log_choose(total, drawn);
  double sum = 0;
  for (std::int64_t i = most; i >= k; --i) {  // the smallest terms first
    const auto x = static_cast<double>(i);
    sum += std::exp(log_choose(marked, x) + log_choose(total - marked, drawn - x) - all);
  }
  return std::min(1.0, sum);
}

}  // namespace gracevae::impl
