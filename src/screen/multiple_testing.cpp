#include "screen/multiple_testing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <unsupported/Eigen/SpecialFunctions>

namespace gracevae::impl {

double student_two_sided(double t, double degrees) {
  const double square = t * t;
  if (std::isinf(square)) return 0;
  if (square < 1) return 1 - Eigen::numext::betainc(0.5, degrees / 2, square / (degrees + square));
  return Eigen::numext::betainc(degrees / 2, 0.5, degrees / (degrees + square));
}

double normal_two_sided(double z) { return std::erfc(std::abs(z) / std::sqrt(2.0)); }

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  const auto n = static_cast<double>(p_values.size());
  std::vector<double> adjusted(p_values.size());
  double smallest = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    smallest = std::min(smallest, p_values[order[rank - 1]] * n / static_cast<double>(rank));
    adjusted[order[rank - 1]] = smallest;
  }
  return adjusted;
}

}  // namespace gracevae::impl
