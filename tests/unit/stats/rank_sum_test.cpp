#include "stats/rank_sum.hpp"

#include <gmock/gmock.h>

namespace gracevae::impl {
namespace {

TEST(RankSum, RanksByHand) {
  const Ranks ranks = ranks_of(std::vector<double>{3, -1, 3, 7, 3, -1});
  EXPECT_THAT(ranks.of, testing::ElementsAre(4, 1.5, 4, 6, 4, 1.5));
  EXPECT_EQ(ranks.ties, 24 + 6);
  EXPECT_TRUE(ranks_of({}).of.empty());
}

TEST(RankSum, ZByHand) {
  // Members 3, 7: ranks 4 + 6 = 10 of n = 6, expected 2·7/2 = 7; variance 2·4·7/12·(1 − 30/210) = 4.
  const Ranks ranks = ranks_of(std::vector<double>{3, -1, 3, 7, 3, -1});
  EXPECT_DOUBLE_EQ(rank_sum_z(ranks, std::vector<std::size_t>{0, 3}), 3.0 / 2);
  EXPECT_DOUBLE_EQ(rank_sum_z(10, 0, 2, 4), 3 / std::sqrt(2.0 * 4 * 7 / 12)) << "without the correction for ties";
}

TEST(RankSum, OfValuesAndPlacesIsThatOfRanks) {
  const std::vector<double> reference{-2, 0, 0, 1, 1, 4}, group{0, 1, 5, 1};
  const SortedCounts counts =
      counts_of(std::span<const double>(std::vector<double>{-2, 1, 1, 4}), [](double v) { return v; });
  EXPECT_EQ(counts.ties, 6);
  EXPECT_EQ(counts.n_negative, 1);
  RankSum sum(counts, 2, 4);
  sum.add(1, 6, 0);  // 5
  sum.add(1, 1, 2);  // 0
  sum.add(2, 3, 2);  // 1
  std::vector<double> all = reference;
  all.insert(all.end(), group.begin(), group.end());
  const Ranks ranks = ranks_of(all);
  EXPECT_EQ(sum.ranks(), ranks.of[6] + ranks.of[7] + ranks.of[8] + ranks.of[9]);
  EXPECT_EQ(sum.ties(), ranks.ties);
}

TEST(RankSum, NothingToTell) {
  EXPECT_EQ(rank_sum_z(ranks_of(std::vector<double>{2, 2, 2}), std::vector<std::size_t>{0}), 0) << "all tied";
  EXPECT_EQ(rank_sum_z(ranks_of(std::vector<double>{1, 2}), std::vector<std::size_t>{0, 1}), 0) << "no others";
  EXPECT_EQ(rank_sum_z(ranks_of(std::vector<double>{1}), std::vector<std::size_t>{}), 0) << "no members";
}

}  // namespace
}  // namespace gracevae::impl
