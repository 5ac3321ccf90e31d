#include "screen/cell_match.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using Names = std::vector<std::string>;
using Rows = std::vector<std::int64_t>;

CellMatch matched(const Names& screen, const Names& other, bool order_allowed = false) {
  return match_cells({screen, "screen.h5ad"}, {other, "calls.csv"}, order_allowed);
}

TEST(CellMatch, EqualNames) {
  const CellMatch match = matched({"A-1", "C-1", "G-1"}, {"G-1", "T-1", "A-1"});
  EXPECT_EQ(match.row_of_cell, (Rows{2, -1, 0}));
  EXPECT_EQ(match.n_matched, 2);
  EXPECT_EQ(match.n_strangers, 1);
  EXPECT_EQ(match.how, "");
}

TEST(CellMatch, TheNumberOfTheLaneOnOneSide) {
  const CellMatch without = matched({"AAAC", "CCCG"}, {"CCCG-1", "AAAC-1"});
  EXPECT_EQ(without.row_of_cell, (Rows{1, 0}));
  EXPECT_NE(without.how.find("'AAAC-1' is 'AAAC'"), std::string::npos) << without.how;
  EXPECT_EQ(matched({"AAAC-1", "CCCG-1"}, {"CCCG", "AAAC"}).row_of_cell, (Rows{1, 0}));
  EXPECT_EQ(matched({"AAAC-2", "CCCG-2"}, {"CCCG-1"}).row_of_cell, (Rows{-1, 0}));
}

TEST(CellMatch, PointAndDash) {
  const CellMatch match = matched({"AAAC-1", "AAAC-2"}, {"AAAC.2", "AAAC.1"});
  EXPECT_EQ(match.row_of_cell, (Rows{1, 0}));
  EXPECT_NE(match.how.find("'AAAC.1' is 'AAAC-1'"), std::string::npos) << match.how;
}

TEST(CellMatch, LanesThatCannotBeToldApart) {
  expect_error<InputError>(
      [] {
        matched({"AAAC-1", "AAAC-2"}, {"AAAC", "CCCG"});
      },
      {"screen.h5ad", "'AAAC-1' and 'AAAC-2' are one name", "with the number of the lane"});
  expect_error<InputError>([] { matched({"AAAC"}, {"AAAC-1", "AAAC-2"}); }, {"calls.csv", "'AAAC-1' and 'AAAC-2'"});
}

TEST(CellMatch, OneNameTwice) {
  expect_error<InputError>([] { matched({"a", "b", "a"}, {"a"}); }, {"screen.h5ad", "cells 1 and 3", "'a'"});
}

TEST(CellMatch, NoNameInCommon) {
  expect_error<InputError>([] { matched({"AAAC-1"}, {"sample1"}); },
                           {"calls.csv", "none of its 1 cells", "'sample1'", "'AAAC-1'"});
  // As many, but both sides have real names.
  expect_error<InputError>([] { matched({"AAAC-1", "CCCC-1"}, {"GGGG-1", "TTTT-1"}, true); }, {"none of its 2"});
}

TEST(CellMatch, NumbersStandForTheOrder) {
  const CellMatch match = matched({"cell0", "cell1", "cell2"}, {"AAAC-1", "CCCC-1", "GGGG-1"}, true);
  EXPECT_EQ(match.row_of_cell, (Rows{0, 1, 2}));
  EXPECT_NE(match.how.find("by order"), std::string::npos) << match.how;
  EXPECT_EQ(matched({"AAAC-1", "CCCC-1"}, {"1", "2"}, true).row_of_cell, (Rows{0, 1}));
  EXPECT_EQ(matched({"AAAC-1", "CCCC-1"}, {"cell-0", "cell-1"}, true).row_of_cell, (Rows{0, 1}));
  // From 0 here, from 1 there: no name is another cell's.
  EXPECT_EQ(matched({"0", "1", "2"}, {"1", "2", "3"}, true).row_of_cell, (Rows{0, 1, 2}));
  EXPECT_EQ(matched({"0", "1", "2"}, {"0", "1", "2"}, true).how, "");
  expect_error<InputError>(
      [] {
        matched({"cell0", "cell1"}, {"AAAC-1", "CCCC-1", "GGGG-1"}, true);
      },
      {"none of its 3"});
  expect_error<InputError>([] { matched({"cell0", "cell1"}, {"AAAC-1", "CCCC-1"}, false); }, {"none of its 2"});
}

}  // namespace
}  // namespace gracevae::impl
