#include "experiment/paired_test.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/statistics.hpp"

namespace gracevae::impl {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

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

TEST(Holm, ByHand) {
  EXPECT_THAT(holm({0.01, 0.04, 0.03, 0.005}), ElementsAre(DoubleNear(0.03, 1e-12), DoubleNear(0.06, 1e-12),
                                                           DoubleNear(0.06, 1e-12), DoubleNear(0.02, 1e-12)));
  EXPECT_THAT(holm({0.9, 0.8}), ElementsAre(1.0, 1.0));
  EXPECT_THAT(holm({}), ElementsAre());
}

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

TEST(SampleSd, ByHand) {
  EXPECT_DOUBLE_EQ(sample_sd(std::vector<double>{1, 3}), std::sqrt(2.0));
  EXPECT_TRUE(std::isnan(sample_sd(std::vector<double>{1})));
}

}  // namespace
}  // namespace gracevae::impl
