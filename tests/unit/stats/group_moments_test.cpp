#include "stats/group_moments.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/sparse_of.hpp"

namespace gracevae::impl {
namespace {

TEST(GroupMoments, ByHandAndFarFromZero) {
  GroupMoments moments(2, 3);
  moments.add_rows(test::sparse_of({{1, 0, 16777215}, {3, 0, 16777215}, {0, 5, 16777214}, {7, 7, 7}}),
                   std::vector<std::int32_t>{1, 1, 1, -1});
  EXPECT_EQ(moments.n_rows(1), 3);
  EXPECT_DOUBLE_EQ(moments.mean(1, 0), 4.0 / 3);
  EXPECT_DOUBLE_EQ(moments.variance(1, 0), (1 + 9 - 16.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(moments.variance(1, 1), 25.0 / 3);
  EXPECT_NEAR(moments.variance(1, 2), 1.0 / 3, 1e-9);  // sums of squares would keep one digit or none
  EXPECT_EQ(moments.n_nonzero(1, 0), 2);
  EXPECT_EQ(moments.n_rows(0), 0);
  EXPECT_TRUE(std::isnan(moments.mean(0, 0)));
  EXPECT_TRUE(std::isnan(moments.variance(0, 0)));
}

TEST(GroupMoments, EqualTotalsHaveEqualMeans) {
  // Ties of means decide where loess cuts; a running mean would break them in the last bit.
  std::vector<std::vector<float>> rows(7, std::vector<float>(2, 0));
  for (std::size_t i = 0; i < 7; ++i) rows[i][0] = static_cast<float>(i);
  rows[3][1] = 20, rows[5][1] = 1;
  GroupMoments moments(1, 2);
  moments.add_rows(test::sparse_of(rows), std::vector<std::int32_t>(7, 0));
  EXPECT_EQ(moments.mean(0, 0), 3.0);
  EXPECT_EQ(moments.mean(0, 1), 3.0);
}

}  // namespace
}  // namespace gracevae::impl
