#include "evaluate/baselines.hpp"

#include <gmock/gmock.h>

#include <set>

#include "unit/evaluate/small_screen.hpp"

namespace gracevae::impl {
namespace {

using test::small_screen;
using test::small_split;
using ::testing::ElementsAre;

std::vector<float> row(const CommonRows& x, std::int64_t i) {
  std::vector<float> values = x.common;
  for (std::size_t k = 0; k < x.others.row_size(i); ++k)
    values[static_cast<std::size_t>(x.others.row_indices(i)[k])] = x.others.row_values(i)[k];
  return values;
}

Regime regime(const std::vector<std::string>& targets) { return {label_of(targets), targets, {}}; }

TEST(Baselines, ByHand) {
  const Screen screen = small_screen();
  const Baselines baselines(screen, small_split());
  EXPECT_THAT(baselines.control_mean(), ElementsAre(1, 2, 3, 4));
  const std::vector<std::int64_t> controls = {1, 0, 1};
  EXPECT_THAT(row(*baselines.cells("control", controls, regime({"A"})), 0), ElementsAre(0.5, 1.5, 2.5, 3.5));
  EXPECT_THAT(row(*baselines.cells("control", controls, regime({"A"})), 1), ElementsAre(1.5, 2.5, 3.5, 4.5));
  // Shifts: A (2,0,0,0), B (0,0,0,2); their mean (1,0,0,1), their sum (2,0,0,2).
  EXPECT_THAT(row(*baselines.cells("mean-shift", controls, regime({"A"})), 0), ElementsAre(1.5, 1.5, 2.5, 4.5));
  EXPECT_THAT(row(*baselines.cells("additive", controls, regime({"A"})), 2), ElementsAre(2.5, 1.5, 2.5, 3.5));
  EXPECT_THAT(row(*baselines.cells("additive", controls, regime({"A", "B"})), 1), ElementsAre(3.5, 2.5, 3.5, 6.5));
}

TEST(Baselines, OnlyTrainingCellsMakeShifts) {
  const Screen screen = small_screen();
  Split split = small_split();
  split.fold[5] = Fold::validation;  // A is then told by cell 4 alone: 0.5 above its centre
  EXPECT_THAT(row(*Baselines(screen, split).cells("additive", std::vector<std::int64_t>{1}, regime({"A"})), 0),
              ElementsAre(3, 2, 3, 4));
}

TEST(Baselines, TargetsThatNeverTrained) {
  const Screen screen = small_screen();
  Split split = small_split();
  split.fold[8] = split.fold[9] = Fold::test;  // B never trains
  const Baselines baselines(screen, split);
  const std::vector<std::int64_t> controls = {0};
  EXPECT_TRUE(baselines.cells("additive", controls, regime({"A"})).has_value());
  EXPECT_FALSE(baselines.cells("additive", controls, regime({"B"})).has_value());
  EXPECT_FALSE(baselines.cells("additive", controls, regime({"A", "B"})).has_value());
  EXPECT_FALSE(baselines.cells("additive", controls, regime({"C"})).has_value());
  split.fold[4] = split.fold[5] = Fold::test;
  EXPECT_FALSE(Baselines(screen, split).cells("mean-shift", controls, regime({"A"})).has_value());
}

TEST(Baselines, ExpectedMeansAreOverAllControlCells) {
  const Screen screen = small_screen();
  const Baselines baselines(screen, small_split());
  const auto& a = screen.regimes[1];
  const auto& both = screen.regimes[3];
  EXPECT_THAT(*baselines.mean("control", a), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(*baselines.mean("mean-shift", a), ElementsAre(2, 2, 3, 5));
  EXPECT_THAT(*baselines.mean("additive", both), ElementsAre(3, 2, 3, 6));
  EXPECT_THAT(*baselines.mean("additive-clipped", both), ElementsAre(3, 2, 3, 6));  // nothing is below 0
  EXPECT_THAT(*baselines.mean("training-mean", a), ElementsAre(3, 2, 3, 4));
  EXPECT_FALSE(baselines.mean("training-mean", both).has_value());  // it never trained
  EXPECT_FALSE(baselines.cells("training-mean", std::vector<std::int64_t>{0}, a).has_value());
}

TEST(Baselines, ClippedValuesAreCutBeforeTheyAreAveraged) {
  Screen screen = small_screen();
  // Control's gene 0 becomes 2.5, 0, 2.5, 0 and A's 1.5, .5, …: a shift of -.25 on a mean of 1.25.
  for (std::int64_t cell = 0; cell < 4; ++cell)
    screen.x.values[static_cast<std::size_t>(4 * cell)] = cell % 2 ? 0 : 2.5F;
  for (std::int64_t cell = 4; cell < 8; ++cell)
    screen.x.values[static_cast<std::size_t>(4 * cell)] = cell % 2 ? 0.5F : 1.5F;
  const Baselines baselines(screen, small_split());
  EXPECT_NEAR(baselines.mean("additive", screen.regimes[1])->front(), 1, 1e-6);
  EXPECT_NEAR(baselines.mean("additive-clipped", screen.regimes[1])->front(), (2.25 + 0) / 2, 1e-6);
  const auto cells = baselines.cells("additive-clipped", std::vector<std::int64_t>{0, 1}, screen.regimes[1]);
  EXPECT_THAT(row(*cells, 0).front(), ::testing::FloatNear(2.25F, 1e-6F));
  EXPECT_EQ(row(*cells, 1).front(), 0);
}

TEST(Replicate, TrainingCellsStandForTestCells) {
  const Screen screen = small_screen();
  const auto drawn = draw_replicate(screen, small_split(), std::vector<std::int64_t>{6, 7}, Random(1, "replicate"));
  ASSERT_TRUE(drawn.has_value());
  EXPECT_THAT(drawn->stand_in, ::testing::UnorderedElementsAre(4, 5));
  EXPECT_THAT(drawn->observed, ::testing::UnorderedElementsAre(6, 7));
}

TEST(Replicate, AsManyOnBothSides) {
  const Screen screen = small_screen();
  Split split = small_split();
  split.fold[5] = Fold::unused;
  const auto fewer = draw_replicate(screen, split, std::vector<std::int64_t>{6, 7}, Random(1, "replicate"));
  ASSERT_TRUE(fewer.has_value());
  EXPECT_THAT(fewer->stand_in, ElementsAre(4));
  EXPECT_EQ(fewer->observed.size(), 1U);
}

TEST(Replicate, HalvesWhereNothingTrained) {
  const Screen screen = small_screen();
  const std::vector<std::int64_t> test = {12, 13, 14, 15};
  std::set<std::vector<std::int64_t>> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto drawn = draw_replicate(screen, small_split(), test, Random(seed, "replicate"));
    ASSERT_TRUE(drawn.has_value());
    ASSERT_EQ(drawn->stand_in.size(), 2U);
    std::vector<std::int64_t> both = drawn->stand_in;
    both.insert(both.end(), drawn->observed.begin(), drawn->observed.end());
    EXPECT_THAT(both, ::testing::UnorderedElementsAreArray(test));
    seen.insert(drawn->stand_in);
  }
  EXPECT_GT(seen.size(), 3U);  // the halves are random
  EXPECT_EQ(draw_replicate(screen, small_split(), test, Random(5, "replicate"))->stand_in,
            draw_replicate(screen, small_split(), test, Random(5, "replicate"))->stand_in);
  EXPECT_FALSE(
      draw_replicate(screen, small_split(), std::vector<std::int64_t>{12}, Random(1, "replicate")).has_value());
}

TEST(Chance, IsAnotherTrainedCondition) {
  const Screen screen = small_screen();
  const std::vector<std::int64_t> of_a = {6, 7}, of_both = {12, 13, 14, 15};
  std::set<std::int64_t> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto drawn = draw_chance(screen, small_split(), of_a, Random(seed, "chance"));
    ASSERT_TRUE(drawn);
    EXPECT_EQ(std::set<std::int64_t>(drawn->stand_in.begin(), drawn->stand_in.end()), (std::set<std::int64_t>{8, 9}));
    EXPECT_EQ(std::set<std::int64_t>(drawn->observed.begin(), drawn->observed.end()), (std::set<std::int64_t>{6, 7}));
    const auto both = draw_chance(screen, small_split(), of_both, Random(seed, "chance"));
    ASSERT_EQ(both->stand_in.size(), 2U);
    EXPECT_EQ(both->observed.size(), 2U);
    seen.insert(both->stand_in.begin(), both->stand_in.end());
  }
  EXPECT_EQ(seen, (std::set<std::int64_t>{4, 5, 8, 9}));  // either of them
  Split split = small_split();
  split.fold[8] = split.fold[9] = Fold::test;
  EXPECT_FALSE(draw_chance(screen, split, of_a, Random(1, "chance")));
}

}  // namespace
}  // namespace gracevae::impl
