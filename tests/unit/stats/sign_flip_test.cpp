#include "stats/sign_flip.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gracevae::impl {
namespace {

double flip(const std::vector<double>& differences) { return sign_flip_p(differences); }

TEST(SignFlip, ByHand) {
  EXPECT_EQ(flip({}), 1);
  EXPECT_EQ(flip({3}), 1) << "one difference shows nothing";
  EXPECT_EQ(flip({1, 2, 3}), 2.0 / 8) << "only all plus and all minus reach 6";
  EXPECT_EQ(flip({-1, 2, 3}), 4.0 / 8) << "|sum| >= 4: 123, -123 and their opposites";
  EXPECT_EQ(flip({0, 0, 0, 0}), 1);
  EXPECT_EQ(flip({0.1, 0.2, 0.3, -0.6}), 1) << "sum 0: every way is at least as large, rounding or not";
  EXPECT_EQ(flip(std::vector<double>(10, 0.5)), 2.0 / 1024);
}

TEST(SignFlip, DrawnWaysAgreeWithTheBinomialDistribution) {
  // 18 plus and 7 minus of size 1: |sum| >= 11 is at least 18 of one sign: 2·P(B(25, ½) ≥ 18).
  std::vector<double> differences(25, 1.0);
  std::fill_n(differences.begin(), 7, -1.0);
  double tail = 0;
  for (int k = 18; k <= 25; ++k)
    tail += std::exp(std::lgamma(26) - std::lgamma(k + 1) - std::lgamma(26 - k)) / std::pow(2, 25);
  EXPECT_NEAR(flip(differences), 2 * tail, 0.003);
  EXPECT_EQ(flip(differences), flip(differences));
}

}  // namespace
}  // namespace gracevae::impl
