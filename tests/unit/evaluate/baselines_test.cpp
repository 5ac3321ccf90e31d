#include "evaluate/baselines.hpp"

#include <gmock/gmock.h>

#include <set>

#include "unit/evaluate/small_screen.hpp"

namespace gracevae {
namespace {

using ::testing::ElementsAre;
using testing::small_screen;
using testing::small_split;

std::vector<float> row(const Matrix<float>& matrix, std::int64_t i) {
  return {matrix.row(i).begin(), matrix.row(i).end()};
}

TEST(Baselines, ByHand) {
  const Screen screen = small_screen();
  const Baselines baselines(screen, small_split());
  EXPECT_THAT(baselines.control_mean(), ElementsAre(1, 2, 3, 4));
  const std::vector<std::int64_t> controls = {1, 0, 1};
  EXPECT_THAT(row(*baselines.predict("control", controls, {"A"}), 0), ElementsAre(0.5, 1.5, 2.5, 3.5));
  EXPECT_THAT(row(*baselines.predict("control", controls, {"A"}), 1), ElementsAre(1.5, 2.5, 3.5, 4.5));
  // Shifts: A (2,0,0,0), B (0,0,0,2); their mean (1,0,0,1), their sum (2,0,0,2).
  EXPECT_THAT(row(*baselines.predict("mean-shift", controls, {"A"}), 0), ElementsAre(1.5, 1.5, 2.5, 4.5));
  EXPECT_THAT(row(*baselines.predict("additive", controls, {"A"}), 2), ElementsAre(2.5, 1.5, 2.5, 3.5));
  EXPECT_THAT(row(*baselines.predict("additive", controls, {"A", "B"}), 1), ElementsAre(3.5, 2.5, 3.5, 6.5));
}

TEST(Baselines, OnlyTrainingCellsMakeShifts) {
  const Screen screen = small_screen();
  Split split = small_split();
  split.fold[5] = Fold::validation;  // A is then told by cell 4 alone: 0.5 above its centre
  EXPECT_THAT(row(*Baselines(screen, split).predict("additive", std::vector<std::int64_t>{1}, {"A"}), 0),
              ElementsAre(3, 2, 3, 4));
}

TEST(Baselines, TargetsThatNeverTrained) {
  const Screen screen = small_screen();
  Split split = small_split();
  split.fold[8] = split.fold[9] = Fold::test;  // B never trains
  const Baselines baselines(screen, split);
  const std::vector<std::int64_t> controls = {0};
  EXPECT_TRUE(baselines.predict("additive", controls, {"A"}).has_value());
  EXPECT_FALSE(baselines.predict("additive", controls, {"B"}).has_value());
  EXPECT_FALSE(baselines.predict("additive", controls, {"A", "B"}).has_value());
  EXPECT_FALSE(baselines.predict("additive", controls, {"C"}).has_value());
  split.fold[4] = split.fold[5] = Fold::test;
  EXPECT_FALSE(Baselines(screen, split).predict("mean-shift", controls, {"A"}).has_value());
}

TEST(Ceiling, TrainingCellsStandForTestCells) {
  const Screen screen = small_screen();
  const auto drawn = draw_ceiling(screen, small_split(), std::vector<std::int64_t>{6, 7}, Random(1, "ceiling"));
  ASSERT_TRUE(drawn.has_value());
  EXPECT_THAT(drawn->stand_in, ::testing::UnorderedElementsAre(4, 5));
  EXPECT_THAT(drawn->observed, ::testing::UnorderedElementsAre(6, 7));
}

TEST(Ceiling, AsManyOnBothSides) {
  const Screen screen = small_screen();
  Split split = small_split();
  split.fold[5] = Fold::unused;
  const auto fewer = draw_ceiling(screen, split, std::vector<std::int64_t>{6, 7}, Random(1, "ceiling"));
  ASSERT_TRUE(fewer.has_value());
  EXPECT_THAT(fewer->stand_in, ElementsAre(4));
  EXPECT_EQ(fewer->observed.size(), 1U);
}

TEST(Ceiling, HalvesWhereNothingTrained) {
  const Screen screen = small_screen();
  const std::vector<std::int64_t> test = {12, 13, 14, 15};
  std::set<std::vector<std::int64_t>> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto drawn = draw_ceiling(screen, small_split(), test, Random(seed, "ceiling"));
    ASSERT_TRUE(drawn.has_value());
    ASSERT_EQ(drawn->stand_in.size(), 2U);
    std::vector<std::int64_t> both = drawn->stand_in;
    both.insert(both.end(), drawn->observed.begin(), drawn->observed.end());
    EXPECT_THAT(both, ::testing::UnorderedElementsAreArray(test));
    seen.insert(drawn->stand_in);
  }
  EXPECT_GT(seen.size(), 3U);  // the halves are random
  EXPECT_EQ(draw_ceiling(screen, small_split(), test, Random(5, "ceiling"))->stand_in,
            draw_ceiling(screen, small_split(), test, Random(5, "ceiling"))->stand_in);
  EXPECT_FALSE(draw_ceiling(screen, small_split(), std::vector<std::int64_t>{12}, Random(1, "ceiling")).has_value());
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
}  // namespace gracevae
