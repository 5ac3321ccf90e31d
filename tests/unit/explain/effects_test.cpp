#include "explain/effects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "base/error.hpp"

namespace gracevae::impl {
namespace {

Responses run(std::vector<double> a, std::vector<double> b, std::vector<double> pair) {
  Responses result;
  result.genes = {"G0", "G1"};
  result.control = {2, 4};
  const auto add = [&](std::vector<std::string> targets, const std::vector<double>& mean) {
    std::vector<double> low = mean, high = mean;
    for (double& value : low) value -= 1;
    for (double& value : high) value += 2;
    result.effects.push_back({std::move(targets), mean, {0.5, 0.5}, low, high, {0.25, 0.25}});
  };
  add({"A"}, a);
  add({"B"}, b);
  add({"A", "B"}, pair);
  result.pairs.push_back({{"A", "B"}, pair_numbers(products_of(a, b, pair)), std::nullopt});
  return result;
}

std::vector<std::vector<std::string>> rows(const std::string& text) {
  std::vector<std::vector<std::string>> result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    result.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) result.back().push_back(field);
  }
  return result;
}

TEST(MeanInterval, StudentsT) {
  EXPECT_NEAR(mean_interval(1, 2), 12.7062047362 / std::sqrt(2.0), 1e-6);  // t at 0.975, tables
  EXPECT_NEAR(mean_interval(2, 5), 2 * 2.7764451052 / std::sqrt(5.0), 1e-8);
  EXPECT_EQ(mean_interval(0, 3), 0);
  EXPECT_TRUE(std::isnan(mean_interval(1, 1)));
}

TEST(Effects, OfOneRun) {
  const auto table = rows(effects_tsv({run({1, -3}, {0, 0}, {1, 1})}, {{"A"}}));
  ASSERT_EQ(table.size(), 3U);
  EXPECT_THAT(table[1], testing::ElementsAre("A", "G1", "4", "-3", "0.25", "0.5", "-4", "-1", "1", "NA", "NA", "NA"))
      << "the surest effect first";
  EXPECT_EQ(table[2][1], "G0");
}

TEST(Effects, OverRuns) {
  const auto table = rows(effects_tsv({run({1, 0}, {0, 0}, {1, 1}), run({3, 0}, {0, 0}, {1, 1})}, {{"A"}, {"X"}}));
  ASSERT_EQ(table.size(), 3U) << "nothing was asked of X";
  EXPECT_EQ(table[1][3], "2");
  EXPECT_EQ(table[1][8], "2");
  EXPECT_NEAR(std::stod(table[1][9]), std::sqrt(2.0), 1e-5);
  EXPECT_EQ(table[1][10], "-2") << "2 - 12.7 would leave less than nothing of the control cells' 2";
  EXPECT_NEAR(std::stod(table[1][11]), 2 + 12.7062, 1e-3);
}

TEST(Effects, WhatIsSureComesBeforeWhatIsLarge) {
  Responses one = run({1, -3}, {0, 0}, {1, 1});
  one.effects[0].se = {0.1, 2};
  EXPECT_EQ(rows(effects_tsv({one}, {{"A"}}))[1][1], "G0");
  one.effects[0].se = {std::nan(""), std::nan("")};
  const auto table = rows(effects_tsv({one}, {{"A"}}));
  EXPECT_EQ(table[1][1], "G1") << "by size where no error is known";
  EXPECT_EQ(table[1][4], "NA");
}

TEST(Effects, InteractionsOverRuns) {
  const auto table =
      rows(interactions_tsv({run({1, 0}, {0, 1}, {1, 1}), run({1, 0}, {0, 1}, {3, 1})}, {{"B", "A"}, {"A"}}));
  ASSERT_EQ(table.size(), 2U);
  EXPECT_EQ(table[1][0], "A+B");
  const auto column = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(table[0].begin(), table[0].end(), name) - table[0].begin());
  };
  EXPECT_EQ(table[1][column("norm_deviation")], "1") << "0 and 2";
  EXPECT_NEAR(std::stod(table[1][column("norm_deviation_sd")]), std::sqrt(2.0), 1e-5);
  EXPECT_EQ(table[1][column("measured_c_a")], "NA");
  EXPECT_EQ(table[1][column("note")], "not in the screen");
  const auto one = rows(interactions_tsv({run({1, 0}, {0, 1}, {1, 1})}, {{"A", "B"}}));
  EXPECT_EQ(one[1][column("norm_deviation_sd")], "NA");
  EXPECT_NEAR(std::stod(one[1][column("magnitude")]), std::sqrt(2.0), 1e-5) << "they add up";
}

TEST(Effects, RunsOfDifferentGenes) {
  Responses other = run({1, 0}, {0, 1}, {1, 1});
  other.genes[1] = "G9";
  EXPECT_THROW(effects_tsv({run({1, 0}, {0, 1}, {1, 1}), other}, {{"A"}}), InputError);
}

}  // namespace
}  // namespace gracevae::impl
