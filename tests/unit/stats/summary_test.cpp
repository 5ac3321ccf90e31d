#include "stats/summary.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

TEST(SampleSd, ByHand) {
  EXPECT_DOUBLE_EQ(sample_sd(std::vector<double>{1, 3}), std::sqrt(2.0));
  EXPECT_TRUE(std::isnan(sample_sd(std::vector<double>{1})));
}

TEST(MedianOf, AveragesTheMiddle) {
  EXPECT_EQ(median_of({5, -1, 9}), 5);
  EXPECT_EQ(median_of({5, -1, 9, 0}), 2.5);
  EXPECT_TRUE(std::isnan(median_of({})));
}

TEST(MedianOfPositive, LeavesOutZerosAndAveragesTheMiddle) {
  EXPECT_EQ(median_of_positive({5, 0, 1, 9}), 5);
  EXPECT_EQ(median_of_positive({4, 0, 8, 2, 1, 0}), 3);
  EXPECT_EQ(median_of_positive({7, 7}), 7);
  EXPECT_EQ(median_of_positive({0, 0}), 0);
  EXPECT_EQ(median_of_positive({}), 0);
}

TEST(UpperMedian, IsOneOfTheValues) {
  EXPECT_EQ(upper_median(std::vector<int>{5, 1, 9}), 5);
  EXPECT_EQ(upper_median(std::vector<int>{4, 1, 9, 2}), 4);
  EXPECT_EQ(upper_median(std::vector<int>{3}), 3);
}

TEST(Quantile, IsNumpys) {
  std::vector<double> values{4, 1, 3, 2};
  EXPECT_EQ(quantile(std::span(values), 0), 1);
  EXPECT_DOUBLE_EQ(quantile(std::span(values), 0.4), 2.2);  // numpy.quantile([4, 1, 3, 2], 0.4)
  EXPECT_EQ(quantile(std::span(values), 1), 4);
  std::vector<float> one{7};
  EXPECT_EQ(quantile(std::span(one), 0.3), 7);
}

}  // namespace
}  // namespace gracevae::impl
