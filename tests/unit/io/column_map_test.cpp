#include "io/column_map.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

/// Rows of 4 columns: (1 0 2 4), (0 0 0 0), (0 3 -3 1).
std::shared_ptr<RowReader> three_rows() {
  CsrMatrix<float> x;
  x.n_rows = 3;
  x.n_cols = 4;
  x.indptr = {0, 3, 3, 6};
  x.indices = {0, 2, 3, 1, 2, 3};
  x.values = {1, 2, 4, 3, -3, 1};
  return rows_in_memory(std::move(x));
}

TEST(MapColumns, LeavesOutAndAddsUpInAscendingOrder) {
  const auto mapped = map_columns(three_rows(), {1, 0, 0, -1}, 2);
  EXPECT_EQ(mapped->n_cols(), 2);
  const CsrMatrix<float> x = mapped->rows(0, 3);
  EXPECT_EQ(x.indptr, (std::vector<std::int64_t>{0, 2, 2, 2}));  // 3 and -3 make 0, which is not stored
  EXPECT_EQ(x.indices, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(x.values, (std::vector<float>{2, 1}));
}

TEST(MapColumns, AddsLoggedValuesOnTheLinearScale) {
  const auto mapped = map_columns(three_rows(), {0, -1, 0, -1}, 1, Together::add_logged);
  const CsrMatrix<float> x = mapped->rows(0, 1);
  ASSERT_EQ(x.values.size(), 1U);
  EXPECT_FLOAT_EQ(x.values[0], static_cast<float>(std::log1p(std::expm1(1.0) + std::expm1(2.0))));
}

TEST(MapColumns, BlocksOfRowsAreThoseOfTheWhole) {
  const auto mapped = map_columns(three_rows(), {3, 2, 1, 0}, 4);
  const CsrMatrix<float> x = mapped->rows(2, 1);
  EXPECT_EQ(x.n_rows, 1);
  EXPECT_EQ(x.indices, (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_EQ(x.values, (std::vector<float>{1, -3, 3}));
}

}  // namespace
}  // namespace gracevae::impl
