#include "screen/prepare_filters.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl::prepare {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AutomaticThresholds, FollowWhatIsThere) {
  const auto thresholds = [](std::int64_t n_genes, double median) {
    const FilterThresholds found = automatic_thresholds(n_genes, median);
    return std::pair(found.min_genes, found.min_cells);
  };
  EXPECT_EQ(thresholds(33'000, 2500), std::pair(200L, 3L));
  EXPECT_EQ(thresholds(2000, 100), std::pair(200L, 3L));
  EXPECT_EQ(thresholds(366, 120), std::pair(12L, 1L));
  EXPECT_EQ(thresholds(1999, 1990), std::pair(199L, 1L));
  EXPECT_EQ(thresholds(2000, 15), std::pair(1L, 1L));  // few genes in the median cell, as Datlinger et al. 2017
  EXPECT_EQ(thresholds(366, 0), std::pair(1L, 1L));
  EXPECT_THAT(automatic_thresholds(33'000, 2500).why, HasSubstr("transcriptome: 33000 genes, 2500 in the median cell"));
  EXPECT_THAT(automatic_thresholds(366, 120).why, HasSubstr("panel: 366 genes, 120 in the median cell"));
  EXPECT_THAT(automatic_thresholds(2000, 15).why, HasSubstr("panel: 15 genes in the median cell"));
}

TEST(MedianGenes, IsOfCellsWithARegime) {
  EXPECT_EQ(median_genes({5, -1, 2, 9, -1}), 5);
  EXPECT_EQ(median_genes({5, 2}), 3.5);
  EXPECT_EQ(median_genes({-1}), 0);
}

/// Cells of these regimes with these numbers of genes.
struct Cells {
  PrepareLabels labels;
  GenesOfCells genes;

  Cells(const std::vector<std::pair<std::string, std::vector<std::int32_t>>>& regimes) {
    for (const auto& [name, numbers] : regimes) {
      for (const std::int32_t n : numbers) {
        labels.regime_of_cell.push_back(n < 0 ? -1 : static_cast<std::int32_t>(labels.regimes.size()));
        genes.push_back(n);
      }
      labels.regimes.push_back(name);
    }
  }
  std::vector<std::string> check(std::int64_t min_genes, bool automatic) const {
    return check_losses(labels, genes, min_genes, automatic, "in.h5ad X");
  }
};

/// 1, 2, … n.
std::vector<std::int32_t> up_to(std::int32_t n) {
  std::vector<std::int32_t> numbers;
  for (std::int32_t k = 1; k <= n; ++k) numbers.push_back(k);
  return numbers;
}

TEST(CheckLosses, AFifthIsAllowed) {
  const Cells cells({{"control", up_to(100)}, {"A", up_to(100)}, {"B", {-1, -1, -1}}});
  EXPECT_THAT(cells.check(21, true), IsEmpty());
  test::expect_error<InputError>(
      [&] { cells.check(22, true); },
      {"in.h5ad X: a minimum of 22 genes a cell leaves out more than a fifth of all cells (42 of 200), of the control "
       "cells (21 of 100), of 1 of 2 conditions (A: 21 of 100), expected no more without prepare.min_genes",
       "5 % of the cells have at most 5, 25 % 25, 50 % 50, 75 % 75, 95 % 95",
       "prepare.min_genes 6 keeps 95 % of the cells; prepare.min_genes 22 leaves out as many as this"});
  EXPECT_THAT(cells.check(6, true), IsEmpty());
}

TEST(CheckLosses, AskedForIsAWarning) {
  const Cells cells({{"control", up_to(100)}, {"A", up_to(100)}});
  EXPECT_THAT(cells.check(22, false),
              ElementsAre(AllOf(HasSubstr("of 1 of 1 conditions (A: 21 of 100)"), HasSubstr("50 % 50"))));
  EXPECT_THAT(cells.check(21, false), IsEmpty());
}

TEST(CheckLosses, OneConditionOrControlIsEnough) {
  const std::vector<std::int32_t> many(1000, 50), few{50, 50, 50, 50, 50, 50, 50, 3, 4, 5};
  const Cells condition({{"control", many}, {"A", many}, {"B", few}});
  test::expect_error<InputError>([&] { condition.check(10, true); },
                                 {"more than a fifth of 1 of 2 conditions (B: 3 of 10), expected",
                                  "prepare.min_genes 5 keeps"});
  EXPECT_THAT(condition.check(5, true), IsEmpty());  // two of ten are a fifth
  const Cells control({{"control", few}, {"A", many}});
  test::expect_error<InputError>([&] { control.check(10, true); }, {"a fifth of the control cells (3 of 10), expected",
                                                                    "prepare.min_genes 3 keeps 100 %"});
}

TEST(CheckLosses, SmallConditionsAreNamedOnly) {
  const Cells cells({{"control", std::vector<std::int32_t>(100, 50)},
                     {"A", {50, 50, 50, 50, 50, 50, 50, 50, 3}},
                     {"B", {3, 50, 3, 50}}});
  EXPECT_THAT(cells.check(10, true),
              ElementsAre(HasSubstr("a fifth of 1 of 2 conditions (B: 2 of 4), each of fewer than 10 cells")));
}

}  // namespace
}  // namespace gracevae::impl::prepare
