#pragma once
/// @file How far near points of a drawing are near in what was drawn.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl::test {

/// 1 − 2/(n·k·(2n − 3k − 1)) Σ_i Σ_j max(0, r_i(j) − k): j over the k nearest of i in the drawing, r_i(j) the rank of j
/// among the others by distance to i in the points (1 = nearest). 1 is best, about 0.5 a drawing at random. k < n/2.
/// Venna and Kaski 2001. Exact, O(n²·log n).
inline double trustworthiness(const Matrix<float>& points, const Matrix<float>& drawing, std::int64_t k) {
  const std::int64_t n = points.n_rows;
  const auto order = [n](const Matrix<float>& x, std::int64_t i) {
    std::vector<double> squared(static_cast<std::size_t>(n));
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t d = 0; d < x.n_cols; ++d) {
        const double gap = static_cast<double>(x(i, d)) - static_cast<double>(x(j, d));
        squared[static_cast<std::size_t>(j)] += gap * gap;
      }
    std::vector<std::int64_t> others;
    for (std::int64_t j = 0; j < n; ++j)
      if (j != i) others.push_back(j);
    std::sort(others.begin(), others.end(), [&](std::int64_t a, std::int64_t b) {
      const double of_a = squared[static_cast<std::size_t>(a)], of_b = squared[static_cast<std::size_t>(b)];
      return of_a != of_b ? of_a < of_b : a < b;
    });
    return others;
  };
  double penalty = 0;
  std::vector<std::int64_t> rank(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto near = order(points, i), drawn = order(drawing, i);
    for (std::size_t r = 0; r < near.size(); ++r)
      rank[static_cast<std::size_t>(near[r])] = static_cast<std::int64_t>(r) + 1;
    for (std::int64_t j = 0; j < k; ++j)
      penalty += static_cast<double>(
          std::max<std::int64_t>(0, rank[static_cast<std::size_t>(drawn[static_cast<std::size_t>(j)])] - k));
  }
  const auto size = static_cast<double>(n), near = static_cast<double>(k);
  return 1 - 2 * penalty / (size * near * (2 * size - 3 * near - 1));
}

}  // namespace gracevae::impl::test
