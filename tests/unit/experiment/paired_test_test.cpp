#include "experiment/paired_test.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

TEST(Compare, SeedsAndConditionsThatBothHave) {
  const PairedScores row{{0, {{"A", 1.0}, {"B", 3.0}, {"C", 9.0}}}, {1, {{"A", 2.0}, {"B", 5.0}}}, {2, {{"A", 7.0}}}};
  const PairedScores reference{{0, {{"A", 0.5}, {"B", 3.5}}}, {1, {{"A", 1.0}, {"B", 4.0}}}, {3, {{"A", 1.0}}}};
  const PairedDifference d = compare(row, reference);
  EXPECT_EQ(d.n_seeds, 2U);
  EXPECT_EQ(d.n_conditions, 2U);
  EXPECT_DOUBLE_EQ(d.mean, 0.5) << "seed 0: mean of 0.5 and -0.5; seed 1: 1";
  EXPECT_EQ(d.n_higher, 2U) << "A: 0.75, B: 0.25";
  EXPECT_DOUBLE_EQ(d.spread, 1.5 / std::sqrt(2.0)) << "rows 2 and 3.5; reference 2 and 2.5";
  EXPECT_EQ(d.p_seeds, 1) << "0 and 1: no way of signing gives less than 1";
  EXPECT_EQ(d.p_conditions, 0.5);
  EXPECT_EQ(d.p(), 1);
}

TEST(Compare, OneSeedHasNoSpread) {
  const PairedDifference d = compare({{0, {{"A", 1.0}}}}, {{0, {{"A", 0.0}}}});
  EXPECT_TRUE(std::isnan(d.spread));
  EXPECT_EQ(d.mean, 1);
}

}  // namespace
}  // namespace gracevae::impl
