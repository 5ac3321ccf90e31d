#include "stats/principal_components.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "support/sparse_of.hpp"

namespace gracevae::impl {
namespace {

/// Rows whose columns follow two hidden numbers of spread 5 and 2, and little noise of every column's own.
std::vector<std::vector<float>> two_directions(std::int64_t n_rows, std::int64_t n_columns) {
  Random random(3, "two directions");
  std::vector<std::vector<float>> rows;
  for (std::int64_t i = 0; i < n_rows; ++i) {
    const double a = 5 * random.normal(), b = 2 * random.normal();
    std::vector<float> row;
    for (std::int64_t g = 0; g < n_columns; ++g) {
      const double value =
          (g % 2 == 0 ? a : b) / std::sqrt(static_cast<double>(n_columns) / 2) + 0.01 * random.normal();
      row.push_back(g % 3 == 0 ? 0 : static_cast<float>(value + 1));
    }
    rows.push_back(row);
  }
  return rows;
}

std::vector<std::int64_t> first_rows(std::int64_t n) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

TEST(PrincipalComponents, ProjectRowsWithMuchInCommon) {
  const CsrMatrix<float> x = test::sparse_of(two_directions(200, 300));
  const PrincipalComponents components = principal_components(x, first_rows(200), 3);
  Matrix<float> dense(200, x.n_cols);
  const CommonRows rows =
      common_rows(x, first_rows(200), [](std::int64_t j, float v) { return v + (j % 5 ? 1.5F : 0); });
  for (std::int64_t i = 0; i < 200; ++i) {
    x.copy_row(i, dense.row(i));
    for (std::int64_t j = 0; j < x.n_cols; ++j) dense(i, j) += j % 5 ? 1.5F : 0;
  }
  const Matrix<double> scores = components.project(rows);
  for (std::int64_t i = 0; i < 200; ++i)
    for (std::int64_t k = 0; k < 3; ++k) {
      double expected = 0;
      for (std::int64_t j = 0; j < x.n_cols; ++j)
        expected += (static_cast<double>(dense(i, j)) - components.means(0, j)) * components.directions(j, k);
      EXPECT_NEAR(scores(i, k), expected, 1e-9);
    }
}

TEST(PrincipalComponents, WhatTellsGroupsApartHasNoDirection) {
  for (const std::int64_t n_columns : {6, 300}) {  // dense and Lanczos
    std::vector<std::vector<float>> rows = two_directions(200, n_columns);
    std::vector<std::int32_t> groups;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      groups.push_back(i % 3 == 0 ? 1 : 0);
      if (groups.back() == 1)
        for (float& value : rows[i]) value += 7;
    }
    const CsrMatrix<float> x = test::sparse_of(rows);
    const PrincipalComponents components = principal_components(x, first_rows(200), 2, groups);
    // by another way: rows whose group's mean was taken off first
    Matrix<double> means(2, n_columns);
    std::vector<double> sizes(2, 0.0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ++sizes[static_cast<std::size_t>(groups[i])];
      for (std::int64_t j = 0; j < n_columns; ++j)
        means(groups[i], j) += static_cast<double>(rows[i][static_cast<std::size_t>(j)]);
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::int64_t j = 0; j < n_columns; ++j)
        rows[i][static_cast<std::size_t>(j)] -=
            static_cast<float>(means(groups[i], j) / sizes[static_cast<std::size_t>(groups[i])]);
    const CsrMatrix<float> centred = test::sparse_of(rows);
    const PrincipalComponents expected = principal_components(centred, first_rows(200), 2);
    for (std::size_t k = 0; k < 2; ++k)
      EXPECT_NEAR(components.variances[k] / expected.variances[k], 1, 1e-6) << n_columns;
    const Matrix<double> scores = components.project(common_rows(x, first_rows(200)), groups);
    const Matrix<double> of_expected = expected.project(common_rows(centred, first_rows(200)));
    for (std::int64_t i = 0; i < 200; ++i)
      for (std::int64_t k = 0; k < 2; ++k) EXPECT_NEAR(scores(i, k), of_expected(i, k), 1e-4) << n_columns;
  }
}

class Components : public testing::TestWithParam<std::int64_t> {};  // columns: dense and Lanczos

TEST_P(Components, AreOrthonormalAndDecorrelateTheRows) {
  const CsrMatrix<float> x = test::sparse_of(two_directions(200, GetParam()));
  const PrincipalComponents components = principal_components(x, first_rows(200), 3);
  ASSERT_EQ(components.n_components(), 3);
  const Matrix<double> scores = components.project(common_rows(x, first_rows(200)));
  for (std::int64_t j = 0; j < 3; ++j)
    for (std::int64_t k = 0; k < 3; ++k) {
      double product = 0, covariance = 0, sum = 0;
      for (std::int64_t g = 0; g < x.n_cols; ++g) product += components.directions(g, j) * components.directions(g, k);
      for (std::int64_t i = 0; i < 200; ++i) {
        covariance += scores(i, j) * scores(i, k) / 199;
        sum += scores(i, j);
      }
      EXPECT_NEAR(product, j == k ? 1 : 0, 1e-9);
      EXPECT_NEAR(covariance, j == k ? components.variances[static_cast<std::size_t>(j)] : 0, 1e-6);
      EXPECT_NEAR(sum, 0, 1e-6);
    }
  EXPECT_GT(components.variances[0], components.variances[1]);
  EXPECT_GT(components.variances[1], 100 * components.variances[2]);  // two directions and noise
  for (std::int64_t k = 0; k < 3; ++k) {
    double largest = 0;
    for (std::int64_t g = 0; g < x.n_cols; ++g)
      if (std::abs(components.directions(g, k)) > std::abs(largest)) largest = components.directions(g, k);
    EXPECT_GT(largest, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(FewAndManyColumns, Components, testing::Values(9, 120));

TEST(Components, AsManyAsRowsAllow) {
  const CsrMatrix<float> x = test::sparse_of(two_directions(3, 120));
  EXPECT_EQ(principal_components(x, first_rows(3), 50).n_components(), 2);
}

TEST(Components, RowsOfFewerDirectionsThanAskedFor) {
  CsrMatrix<float> x = test::sparse_of(two_directions(40, 300));
  for (float& value : x.values) value = 1;  // all rows the same
  const PrincipalComponents components = principal_components(x, first_rows(40), 5);
  for (const double variance : components.variances) EXPECT_NEAR(variance, 0, 1e-12);
}

TEST(DrawRows, AreSortedAndSeeded) {
  const auto drawn = draw_rows(40, 10, Random(1, "draw"));
  EXPECT_EQ(drawn.size(), 10U);
  EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
  EXPECT_EQ(std::adjacent_find(drawn.begin(), drawn.end()), drawn.end());
  EXPECT_EQ(drawn, draw_rows(40, 10, Random(1, "draw")));
  EXPECT_NE(drawn, draw_rows(40, 10, Random(2, "draw")));
  EXPECT_EQ(draw_rows(40, 40, Random(1, "draw")), first_rows(40));
}

}  // namespace
}  // namespace gracevae::impl
