#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace gracevae::impl {
namespace {

TEST(Random, SameSeedAndNameGiveSameNumbers) {
  Random a(7, "noise", 3, 4), b(7, "noise", 3, 4);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next(), b.next());
}

TEST(Random, EverySeedNameAndCounterIsAStreamOfItsOwn) {
  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed : {0, 1})
    for (const char* name : {"a", "b"})
      for (std::uint64_t i : {0, 1})
        for (std::uint64_t j : {0, 1}) firsts.insert(Random(seed, name, i, j).next());
  EXPECT_EQ(firsts.size(), 16U);
}

TEST(Random, NumbersArePinned) {
  // The streams are part of every result: a change here changes all seeds' numbers and belongs under "Results change".
  EXPECT_EQ(Random(0, "pin").next(), 9600545551000350030U);
}

TEST(Random, BelowCoversItsRangeEvenly) {
  Random random(1, "below");
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[static_cast<std::size_t>(random.below(7))];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(Random, MomentsOfTheDistributions) {
  Random random(2, "moments");
  const int n = 200000;
  double normal = 0, normal2 = 0, gamma = 0, small = 0, large = 0, large2 = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    normal += x / n;
    normal2 += x * x / n;
    gamma += random.gamma(2.5) / n;
    small += static_cast<double>(random.poisson(3.0)) / n;
    const auto y = static_cast<double>(random.poisson(100.0));
    large += y / n;
    large2 += y * y / n;
  }
  EXPECT_NEAR(normal, 0, 0.01);
  EXPECT_NEAR(normal2, 1, 0.02);
  EXPECT_NEAR(gamma, 2.5, 0.02);
  EXPECT_NEAR(small, 3, 0.02);
  EXPECT_NEAR(large, 100, 0.2);
  EXPECT_NEAR(large2 - large * large, 100, 2);
}

TEST(Random, ShuffleKeepsTheItems) {
  std::vector<int> items{1, 2, 3, 4, 5, 6, 7, 8};
  Random(3, "shuffle").shuffle(items);
  EXPECT_NE(items, (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(std::set<int>(items.begin(), items.end()).size(), 8U);
}

}  // namespace
}  // namespace gracevae::impl
