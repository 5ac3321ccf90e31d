#include "evaluate/de_genes.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "unit/evaluate/small_screen.hpp"

namespace gracevae::impl {
namespace {

using test::small_screen;
using test::small_split;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::int64_t> kTestOfA = {6, 7}, kTestOfBoth = {12, 13, 14, 15};

/// small_screen with cells that are not its own: values of some cells replaced.
Screen with_gene(Screen screen, const std::vector<std::int64_t>& cells, std::size_t gene, float value) {
  for (const std::int64_t cell : cells) screen.x.values[static_cast<std::size_t>(4 * cell) + gene] = value;
  return screen;
}

TEST(DeGenes, ATrainedConditionIsReadFromItsTrainingCells) {
  const Screen screen = small_screen();
  const Split split = small_split();
  const DeChoice choice = DeGenes(screen, split, 1, 1, 3).choose(screen.regimes[1], kTestOfA);
  ASSERT_EQ(choice.folds.size(), 2U);
  EXPECT_EQ(choice.chosen_on, "2 training cells");
  EXPECT_EQ(choice.refused, "");
  for (const DeFold& fold : choice.folds) {
    EXPECT_THAT(fold.genes, ElementsAre(0));
    EXPECT_THAT(fold.rows, ElementsAre(0, 1));
  }
  EXPECT_NE(choice.folds[0].control_half, choice.folds[1].control_half);
  // Whatever the test cells say of another gene, the choice is the same.
  const Screen other = with_gene(screen, kTestOfA, 3, 100);
  EXPECT_THAT(DeGenes(other, split, 1, 1, 3).choose(other.regimes[1], kTestOfA).folds[0].genes, ElementsAre(0));
  EXPECT_THAT(DeGenes(other, split, 1, 1, 3).published(other.regimes[1]), ::testing::Not(::testing::IsEmpty()));
}

TEST(DeGenes, AnUntrainedConditionIsCrossFitted) {
  const Screen screen = small_screen();
  const Split split = small_split();
  const DeChoice choice = DeGenes(screen, split, 1, 1, 3).choose(screen.regimes[3], kTestOfBoth);
  ASSERT_EQ(choice.folds.size(), 2U);
  EXPECT_EQ(choice.chosen_on, "the other half of 4 test cells");
  std::vector<std::size_t> rows = choice.folds[0].rows;
  rows.insert(rows.end(), choice.folds[1].rows.begin(), choice.folds[1].rows.end());
  std::sort(rows.begin(), rows.end());
  EXPECT_THAT(rows, ElementsAre(0, 1, 2, 3));  // every cell is scored once
  // A gene that only the scored half of a fold shows does not get into its choice.
  for (std::size_t f = 0; f < 2; ++f) {
    std::vector<std::int64_t> scored;
    for (const std::size_t row : choice.folds[f].rows) scored.push_back(kTestOfBoth[row]);
    const Screen other = with_gene(screen, scored, 1, 100);
    const DeGenes genes(other, split, 1, 1, 3);
    EXPECT_THAT(genes.choose(other.regimes[3], kTestOfBoth).folds[f].genes, ::testing::Not(ElementsAre(1)));
    EXPECT_THAT(genes.choose(other.regimes[3], kTestOfBoth).folds[1 - f].genes, ElementsAre(1));
  }
}

TEST(DeGenes, TheObservedChangeHasControlCellsOfItsOwn) {
  const Screen screen = small_screen();
  const Split split = small_split();
  const DeGenes genes(screen, split, 1, 1, 3);
  double sum = 0;
  for (const std::size_t half : {0, 1}) sum += genes.control_half(half).mean[0];
  EXPECT_DOUBLE_EQ(sum / 2, 1);  // the halves are all control cells
}

TEST(DeGenes, TooFewCellsChooseNothingAndSaySo) {
  const Screen screen = small_screen();
  Split split = small_split();
  const DeGenes genes(screen, split, 1, 2, 3);
  EXPECT_EQ(genes.choose(screen.regimes[1], kTestOfA).folds.size(), 2U);
  const DeGenes more(screen, split, 1, 3, 3);
  const DeChoice refused = more.choose(screen.regimes[1], kTestOfA);
  EXPECT_TRUE(refused.folds.empty());
  EXPECT_THAT(refused.refused, HasSubstr("half of 4 control cells is fewer than 3"));
  split.fold[5] = Fold::unused;
  EXPECT_EQ(DeGenes(screen, split, 1, 2, 3).choose(screen.regimes[1], kTestOfA).refused,
            "1 training cells are fewer than 2");
}

}  // namespace
}  // namespace gracevae::impl
