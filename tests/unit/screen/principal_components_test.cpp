#include "screen/principal_components.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::screen_of;

/// Cells whose genes follow two hidden numbers of spread 5 and 2, and little noise of every gene's own.
Screen two_directions(std::int64_t n_cells, std::int64_t n_genes) {
  Random random(3, "two directions");
  std::vector<std::vector<float>> rows;
  for (std::int64_t i = 0; i < n_cells; ++i) {
    const double a = 5 * random.normal(), b = 2 * random.normal();
    std::vector<float> row;
    for (std::int64_t g = 0; g < n_genes; ++g) {
      const double value = (g % 2 == 0 ? a : b) / std::sqrt(static_cast<double>(n_genes) / 2) + 0.01 * random.normal();
      row.push_back(g % 3 == 0 ? 0 : static_cast<float>(value + 1));
    }
    rows.push_back(row);
  }
  return screen_of(test::repeated({{"control", 2}, {"A", static_cast<int>(n_cells) - 2}}), rows);
}

std::vector<std::int64_t> all_cells(const Screen& screen) {
  std::vector<std::int64_t> cells(static_cast<std::size_t>(screen.n_cells()));
  std::iota(cells.begin(), cells.end(), 0);
  return cells;
}

class Components : public testing::TestWithParam<std::int64_t> {};  // genes: dense and Lanczos

TEST_P(Components, AreOrthonormalAndDecorrelateTheCells) {
  const Screen screen = two_directions(200, GetParam());
  const auto cells = all_cells(screen);
  const PrincipalComponents components = principal_components(screen, cells, 3);
  ASSERT_EQ(components.n_components(), 3);
  const Matrix<float> dense = dense_rows(screen, cells);
  const Matrix<double> scores = components.project(dense.view());
  for (std::int64_t j = 0; j < 3; ++j)
    for (std::int64_t k = 0; k < 3; ++k) {
      double product = 0, covariance = 0, sum = 0;
      for (std::int64_t g = 0; g < screen.n_genes(); ++g)
        product += components.directions(g, j) * components.directions(g, k);
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
    for (std::int64_t g = 0; g < screen.n_genes(); ++g)
      if (std::abs(components.directions(g, k)) > std::abs(largest)) largest = components.directions(g, k);
    EXPECT_GT(largest, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(FewAndManyGenes, Components, testing::Values(9, 120));

TEST(Components, AsManyAsCellsAllow) {
  const Screen screen = two_directions(3, 120);
  EXPECT_EQ(principal_components(screen, all_cells(screen), 50).n_components(), 2);
}

TEST(Components, CellsOfFewerDirectionsThanAskedFor) {
  Screen screen = two_directions(40, 300);
  for (float& value : screen.x.values) value = 1;  // all cells the same
  const PrincipalComponents components = principal_components(screen, all_cells(screen), 5);
  for (const double variance : components.variances) EXPECT_NEAR(variance, 0, 1e-12);
}

TEST(Components, DrawnCellsAreSortedAndSeeded) {
  const Screen screen = two_directions(40, 4);
  const auto drawn = draw_cells(screen, 10, Random(1, "draw"));
  EXPECT_EQ(drawn.size(), 10U);
  EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
  EXPECT_EQ(std::adjacent_find(drawn.begin(), drawn.end()), drawn.end());
  EXPECT_EQ(drawn, draw_cells(screen, 10, Random(1, "draw")));
  EXPECT_NE(drawn, draw_cells(screen, 10, Random(2, "draw")));
  EXPECT_EQ(draw_cells(screen, 40, Random(1, "draw")), all_cells(screen));
}

}  // namespace
}  // namespace gracevae::impl
