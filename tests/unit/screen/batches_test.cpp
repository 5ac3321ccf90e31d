#include "screen/batches.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::repeated;
using test::screen_of;

struct Case {
  Screen screen = screen_of(repeated({{"control", 20}, {"A", 50}, {"B", 41}, {"C", 9}, {"A+B", 30}}));
  Split split = make_split(screen, {.kind = "random", .file = "", .test_fraction = 0.2, .validation_fraction = 0.1}, 3);
  std::vector<std::int64_t> pairs = pair_controls(screen, split, 3);
};

bool same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Batch& x, const Batch& y) {
    return x.regime == y.regime && x.cells == y.cells && x.controls == y.controls;
  });
}

TEST(PairControls, DrawsATrainingControlForEveryPerturbedCell) {
  Case c;
  c.split.fold[0] = Fold::test;  // a control that is held out is never drawn
  c.split.fold[25] = Fold::unused;
  const auto pairs = pair_controls(c.screen, c.split, 3);
  std::set<std::int64_t> used;
  for (std::size_t cell = 0; cell < pairs.size(); ++cell) {
    if (cell < 20 || cell == 25) {
      EXPECT_EQ(pairs[cell], -1);
      continue;
    }
    EXPECT_GE(pairs[cell], 1);
    EXPECT_LT(pairs[cell], 20);
    used.insert(pairs[cell]);
  }
  EXPECT_EQ(used.size(), 19U);  // 129 draws from 19: all of them for this seed
  EXPECT_EQ(pairs, pair_controls(c.screen, c.split, 3));
  EXPECT_NE(pairs, pair_controls(c.screen, c.split, 4));
  EXPECT_NE(pairs, pair_controls(c.screen, c.split, 3, 1));
}

TEST(PairControls, TakesTheSplitsPairsAndLeavesTheOtherDrawsAlone) {
  Case c;
  c.split.paired_control[30] = 5;
  const auto pairs = pair_controls(c.screen, c.split, 3);
  auto expected = c.pairs;
  expected[30] = 5;
  EXPECT_EQ(pairs, expected);
  for (std::size_t i = 0; i < 20; ++i) c.split.fold[i] = Fold::unused;
  expect_error<InputError>([&] { pair_controls(c.screen, c.split, 3); }, {"no control cell is in train"});
}

TEST(PairControls, DrawnAnewThoseOfTrainingCellsAreNotTheSplits) {
  Case c;
  c.split.paired_control[30] = 5;  // trains
  const auto held_out = static_cast<std::size_t>(std::find(c.split.fold.begin() + 20, c.split.fold.end(), Fold::test) -
                                                 c.split.fold.begin());
  c.split.paired_control[held_out] = 7;
  auto expected = c.pairs;
  expected[held_out] = 7;
  EXPECT_EQ(pair_controls(c.screen, c.split, 3, 0), expected);
}

TEST(PairControls, IsUniform) {
  const Screen screen = screen_of(repeated({{"control", 4}, {"A", 8000}}));
  Split split{std::vector<Fold>(8004, Fold::train), std::vector<std::int64_t>(8004, -1)};
  std::map<std::int64_t, int> n;
  for (const auto control : pair_controls(screen, split, 0)) ++n[control];
  for (std::int64_t control = 0; control < 4; ++control)
    EXPECT_NEAR(n[control], 2000, 160);  // four standard deviations
}

TEST(MakeBatches, HoldOneRegimeEveryCellOnceAndDropTheShort) {
  const Case c;
  const BatchOptions options{.batch_size = 8};
  const auto batches = make_batches(c.screen, c.split, c.pairs, options, Random(1, "batches"));
  std::map<std::int32_t, std::set<std::int64_t>> cells;
  for (const auto& batch : batches) {
    EXPECT_EQ(batch.cells.size(), 8U);
    ASSERT_EQ(batch.controls.size(), 8U);
    for (std::size_t i = 0; i < 8; ++i) {
      const auto cell = static_cast<std::size_t>(batch.cells[i]);
      EXPECT_EQ(c.screen.regime_of_cell[cell], batch.regime);
      EXPECT_EQ(c.split.fold[cell], Fold::train);
      EXPECT_EQ(batch.controls[i], c.pairs[cell]);
      EXPECT_TRUE(cells[batch.regime].insert(batch.cells[i]).second) << "a cell stands in two batches";
    }
  }
  // Training cells: A 35, B 29, C 6, A+B 21: 4, 3, 0 and 2 full batches.
  EXPECT_EQ(cells[1].size(), 32U);
  EXPECT_EQ(cells[2].size(), 24U);
  EXPECT_EQ(cells[4].size(), 16U);
  EXPECT_EQ(batches.size(), 9U);
}

TEST(MakeBatches, KeepShortKeepsEveryCell) {
  const Case c;
  const BatchOptions options{.batch_size = 8, .keep_short = true};
  const auto batches = make_batches(c.screen, c.split, c.pairs, options, Random(1, "batches"));
  std::multiset<std::size_t> sizes;
  std::multiset<std::int64_t> cells;
  for (const auto& batch : batches) {
    sizes.insert(batch.cells.size());
    cells.insert(batch.cells.begin(), batch.cells.end());
  }
  EXPECT_EQ(sizes, (std::multiset<std::size_t>{3, 5, 5, 6, 8, 8, 8, 8, 8, 8, 8, 8, 8}));
  std::multiset<std::int64_t> expected;
  for (std::int64_t i = 0; i < c.screen.n_cells(); ++i) {
    const auto regime = c.screen.regime_of_cell[static_cast<std::size_t>(i)];
    if (regime >= 1 && c.split.fold[static_cast<std::size_t>(i)] == Fold::train) expected.insert(i);
  }
  EXPECT_EQ(cells, expected);
}

TEST(MakeBatches, FillShortTrainsEveryCellInBatchesOfOneSize) {
  const Case c;
  const BatchOptions options{.batch_size = 8, .fill_short = true};
  const auto batches = make_batches(c.screen, c.split, c.pairs, options, Random(1, "batches"));
  std::set<std::int64_t> cells;
  for (const auto& batch : batches) {
    EXPECT_EQ(batch.cells.size(), 8U);
    EXPECT_EQ(batch.controls.size(), 8U);
    for (const auto cell : batch.cells) {
      EXPECT_EQ(c.screen.regime_of_cell[static_cast<std::size_t>(cell)], batch.regime);
      EXPECT_EQ(c.split.fold[static_cast<std::size_t>(cell)], Fold::train);
      cells.insert(cell);
    }
  }
  EXPECT_EQ(batches.size(), 5U + 4U + 1U + 3U);
  EXPECT_EQ(cells.size(), 35U + 29U + 6U + 21U);
  EXPECT_TRUE(same(batches, make_batches(c.screen, c.split, c.pairs, options, Random(1, "batches"))));
}

TEST(MakeBatches, FollowTheStream) {
  const Case c;
  const BatchOptions options{.batch_size = 4};
  const auto first = make_batches(c.screen, c.split, c.pairs, options, Random(1, "batches", 0));
  EXPECT_TRUE(same(first, make_batches(c.screen, c.split, c.pairs, options, Random(1, "batches", 0))));
  EXPECT_FALSE(same(first, make_batches(c.screen, c.split, c.pairs, options, Random(1, "batches", 1))));
  EXPECT_FALSE(
      std::is_sorted(first.begin(), first.end(), [](const Batch& a, const Batch& b) { return a.regime < b.regime; }));
}

TEST(MakeBatches, ShareOutARegimesCellsAnewInEachEpoch) {
  const Case c;
  const auto groups = [&](std::uint64_t epoch) {
    std::set<std::set<std::int64_t>> result;
    for (const auto& batch : make_batches(c.screen, c.split, c.pairs, {.batch_size = 8}, Random(1, "batches", epoch)))
      result.emplace(batch.cells.begin(), batch.cells.end());
    return result;
  };
  const auto first = groups(0);
  for (const auto& group : groups(1)) EXPECT_FALSE(first.contains(group));
}

TEST(MakeBatches, OfOtherFolds) {
  const Case c;
  const BatchOptions options{.batch_size = 8, .keep_short = true};
  const auto batches = make_batches(c.screen, c.split, c.pairs, options, Random(1, "batches"), Fold::test);
  std::size_t n = 0;
  for (const auto& batch : batches)
    for (const auto cell : batch.cells) n += c.split.fold[static_cast<std::size_t>(cell)] == Fold::test;
  EXPECT_EQ(n, 10U + 8U + 2U + 6U);  // a fifth of each
}

TEST(CountBatches, AreThoseOfAnEpoch) {
  const Case c;
  for (const BatchOptions& options : {BatchOptions{.batch_size = 8}, BatchOptions{.batch_size = 8, .keep_short = true},
                                      BatchOptions{.batch_size = 30, .fill_short = true}})
    EXPECT_EQ(count_batches(c.screen, c.split, options),
              std::ssize(make_batches(c.screen, c.split, c.pairs, options, Random(0, "batches"))));
}

TEST(CheckBatches, NamesRegimesThatNeverTrain) {
  const Case c;
  check_batches(c.screen, c.split, {.batch_size = 6});
  check_batches(c.screen, c.split, {.batch_size = 32, .keep_short = true});
  check_batches(c.screen, c.split, {.batch_size = 32, .fill_short = true});
  expect_error<InputError>(
      [&] { check_batches(c.screen, c.split, {.batch_size = 32}); },
      {"3 regimes have fewer training cells than one batch of 32 and would never train: B (29), C (6), small "
       "combinations together (21)",
       "train.keep_short, or train.batch_size 6"});
}

TEST(CellPools, SmallCombinationsShareOneAndSinglesDoNot) {
  const Screen screen =
      screen_of(repeated({{"control", 5}, {"A", 3}, {"B", 12}, {"A+B", 12}, {"A+C", 4}, {"A+B+C", 5}}));
  const Split split{std::vector<Fold>(static_cast<std::size_t>(screen.n_cells()), Fold::train),
                    std::vector<std::int64_t>(static_cast<std::size_t>(screen.n_cells()), -1)};
  std::map<std::string, std::size_t> sizes;
  for (const CellPool& pool : cell_pools(screen, split, Fold::train, 8))
    sizes[pool.regime == Batch::kMixed ? "mixed" : screen.regimes[static_cast<std::size_t>(pool.regime)].label] =
        pool.cells.size();
  EXPECT_EQ(sizes, (std::map<std::string, std::size_t>{{"A", 3}, {"B", 12}, {"A+B", 12}, {"mixed", 9}}));
  EXPECT_EQ(cell_pools(screen, split, Fold::train, 8).back().regime, Batch::kMixed);
  EXPECT_EQ(cell_pools(screen, split, Fold::train, 1).size(), 5U) << "none is small";
  EXPECT_TRUE(cell_pools(screen, split, Fold::test, 8).empty());
}

TEST(MakeBatches, MixedOnesHoldCellsOfSeveralCombinations) {
  const Screen screen = screen_of(repeated({{"control", 5}, {"A", 9}, {"A+B", 4}, {"A+C", 4}, {"B+C", 4}}));
  const Split split{std::vector<Fold>(static_cast<std::size_t>(screen.n_cells()), Fold::train),
                    std::vector<std::int64_t>(static_cast<std::size_t>(screen.n_cells()), -1)};
  BatchOptions options;
  options.batch_size = 6;
  const auto batches = make_batches(screen, split, pair_controls(screen, split, 1), options, Random(1, "batches"));
  std::size_t n_mixed = 0;
  for (const Batch& batch : batches) {
    if (batch.regime != Batch::kMixed) continue;
    ++n_mixed;
    std::set<std::int32_t> regimes;
    for (const std::int64_t cell : batch.cells) regimes.insert(screen.regime_of_cell[static_cast<std::size_t>(cell)]);
    EXPECT_GT(regimes.size(), 1U);
  }
  EXPECT_EQ(n_mixed, 2U);
  EXPECT_EQ(batches.size(), 3U) << "of A's nine cells three are left over";
}

}  // namespace
}  // namespace gracevae::impl
