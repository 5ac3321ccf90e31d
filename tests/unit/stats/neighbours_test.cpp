#include "stats/neighbours.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"

namespace gracevae::impl {
namespace {

Matrix<float> random_points(std::int64_t n, std::int64_t d, std::uint64_t seed) {
  Matrix<float> points(n, d);
  Random random(seed, "points");
  random.fill_normal(std::span(points.values));
  return points;
}

/// All other points sorted by distance in double, then by index.
std::vector<std::pair<double, std::int32_t>> sorted_others(const Matrix<float>& points, std::int64_t i) {
  std::vector<std::pair<double, std::int32_t>> others;
  for (std::int64_t j = 0; j < points.n_rows; ++j) {
    double squared = 0;
    for (std::int64_t k = 0; k < points.n_cols; ++k)
      squared += std::pow(static_cast<double>(points(i, k)) - static_cast<double>(points(j, k)), 2);
    if (j != i) others.emplace_back(std::sqrt(squared), static_cast<std::int32_t>(j));
  }
  std::sort(others.begin(), others.end());
  return others;
}

TEST(Neighbours, AreThoseOfAPlainSort) {
  for (const std::int64_t n : {1, 2, 127, 128, 129, 300}) {
    const Matrix<float> points = random_points(n, 7, 1);
    const std::int64_t k = std::min<std::int64_t>(n, 9);
    const Neighbours found = exact_neighbours(points.view(), k);
    for (std::int64_t i = 0; i < n; ++i) {
      const auto others = sorted_others(points, i);
      EXPECT_EQ(found.index(i, 0), i);
      EXPECT_EQ(found.distance(i, 0), 0);
      for (std::int64_t j = 1; j < k; ++j) {
        const auto& [distance, index] = others[static_cast<std::size_t>(j - 1)];
        EXPECT_EQ(found.index(i, j), index) << n << " points, " << i << ", " << j;
        EXPECT_NEAR(found.distance(i, j), distance, 1e-5);
      }
    }
  }
}

TEST(Neighbours, TiesGoByIndexAndEveryPointIsItsOwnFirst) {
  Matrix<float> points(6, 1);
  points.values = {0, 1, -1, 0, 0, 5};  // 0, 3 and 4 at one place, 1 and 2 as far from it
  const Neighbours found = exact_neighbours(std::as_const(points).view(), 5);
  EXPECT_EQ(std::vector(found.index.row(0).begin(), found.index.row(0).end()), (std::vector{0, 3, 4, 1, 2}));
  EXPECT_EQ(std::vector(found.index.row(4).begin(), found.index.row(4).end()), (std::vector{4, 0, 3, 1, 2}));
  EXPECT_EQ(std::vector(found.distance.row(3).begin(), found.distance.row(3).end()),
            (std::vector<float>{0, 0, 0, 1, 1}));
}

TEST(Neighbours, ApproximateOnesAreNearlyAllRight) {
  const Matrix<float> points = random_points(3000, 20, 2);
  const Neighbours exact = exact_neighbours(points.view(), 15), found = approximate_neighbours(points.view(), 15);
  std::int64_t n_right = 0;
  for (std::int64_t i = 0; i < points.n_rows; ++i) {
    EXPECT_EQ(found.index(i, 0), i);
    EXPECT_TRUE(std::is_sorted(found.distance.row(i).begin(), found.distance.row(i).end()));
    const auto row = exact.index.row(i);
    for (const std::int32_t j : found.index.row(i))
      n_right += std::find(row.begin(), row.end(), j) != row.end() ? 1 : 0;
  }
  EXPECT_GT(static_cast<double>(n_right) / static_cast<double>(exact.index.values.size()), 0.98);
}

TEST(Neighbours, ManyPointsAtOnePlaceHaveThemselvesFirst) {
  const Matrix<float> points(500, 3);
  const Neighbours found = approximate_neighbours(points.view(), 5);
  for (std::int64_t i = 0; i < points.n_rows; ++i) EXPECT_EQ(found.index(i, 0), i);
  EXPECT_EQ(*std::max_element(found.distance.values.begin(), found.distance.values.end()), 0);
}

TEST(Neighbours, AreTheSameForAnyNumberOfThreads) {
  const Matrix<float> points = random_points(700, 11, 3);
  const int before = omp_get_max_threads();
  for (const auto& search : {exact_neighbours, approximate_neighbours}) {
    omp_set_num_threads(1);
    const Neighbours one = search(points.view(), 10);
    omp_set_num_threads(3);
    const Neighbours three = search(points.view(), 10);
    EXPECT_EQ(one.index.values, three.index.values);
    EXPECT_EQ(one.distance.values, three.distance.values);
  }
  omp_set_num_threads(before);
}

TEST(Neighbours, ManyPointsAreSearchedApproximately) {
  const Matrix<float> points = random_points(400, 30, 4);
  EXPECT_EQ(nearest_neighbours(points.view(), 5, 400).index.values, exact_neighbours(points.view(), 5).index.values);
  EXPECT_EQ(nearest_neighbours(points.view(), 5, 399).index.values,
            approximate_neighbours(points.view(), 5).index.values);
}

}  // namespace
}  // namespace gracevae::impl
