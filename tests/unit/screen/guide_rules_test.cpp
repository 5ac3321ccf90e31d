#include "screen/guide_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::sparse_of;

std::vector<std::int32_t> guides_of_cell(const CalledGuides& calls, std::size_t cell) {
  return {calls.guides.begin() + calls.first[cell], calls.guides.begin() + calls.first[cell + 1]};
}

/// One guide, the count of each cell.
CsrMatrix<float> one_guide(const std::vector<float>& counts) {
  std::vector<std::vector<float>> rows;
  for (const float count : counts) rows.push_back({count});
  return sparse_of(rows);
}

struct Simulated {
  CsrMatrix<float> counts;
  std::vector<std::set<std::int32_t>> truth;
};

/// Every cell has one guide, one in twenty has two; signal is log-normal around 60, background Poisson.
Simulated simulated(std::size_t n_cells, std::int32_t n_guides, double background) {
  Random random(3, "guide calls");
  Simulated result;
  std::vector<std::vector<float>> rows;
  for (std::size_t i = 0; i < n_cells; ++i) {
    std::set<std::int32_t> guides{static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(n_guides)))};
    if (random.uniform() < 0.05)
      guides.insert(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(n_guides))));
    std::vector<float> row;
    for (std::int32_t j = 0; j < n_guides; ++j) {
      const auto count = static_cast<double>(random.poisson(background));
      const double signal = guides.contains(j) ? std::round(60 * std::exp(0.8 * random.normal())) : 0;
      row.push_back(static_cast<float>(count + signal));
    }
    rows.push_back(std::move(row));
    result.truth.push_back(std::move(guides));
  }
  result.counts = sparse_of(rows);
  return result;
}

/// Shares of cells: with another set of guides than the truth, and ambiguous.
std::pair<double, double> errors_of(const Simulated& data, const CalledGuides& calls) {
  std::set<std::int64_t> ambiguous;
  for (const AmbiguousCell& cell : calls.ambiguous) ambiguous.insert(cell.cell);
  double wrong = 0;
  for (std::size_t i = 0; i < data.truth.size(); ++i) {
    const auto called = guides_of_cell(calls, i);
    if (!ambiguous.contains(static_cast<std::int64_t>(i)))
      wrong += std::set<std::int32_t>(called.begin(), called.end()) != data.truth[i];
  }
  const auto n = static_cast<double>(data.truth.size());
  return {wrong / n, static_cast<double>(ambiguous.size()) / n};
}

TEST(GuideRules, ThresholdByHand) {
  const auto counts = sparse_of({{5, 4, 0}, {4, 4, 4}, {0, 0, 0}, {9, 5, 100}});
  const CalledGuides calls = call_guides_from_counts(counts, GuideRule::threshold, 5);
  EXPECT_EQ(guides_of_cell(calls, 0), (std::vector<std::int32_t>{0}));
  EXPECT_TRUE(guides_of_cell(calls, 1).empty());
  EXPECT_TRUE(guides_of_cell(calls, 2).empty());
  EXPECT_EQ(guides_of_cell(calls, 3), (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_TRUE(calls.ambiguous.empty());
  EXPECT_EQ(calls.cuts[0].n_with, 3);
}

TEST(GuideRules, MixturesFindWhatWasDrawn) {
  const Simulated data = simulated(3000, 12, 0.3);
  for (const GuideRule rule : {GuideRule::poisson_gauss, GuideRule::cell_ranger}) {
    const auto [wrong, ambiguous] = errors_of(data, call_guides_from_counts(data.counts, rule, 3));
    EXPECT_LT(wrong, 0.01) << guide_rule_name(rule);
    EXPECT_LT(ambiguous, 0.02) << guide_rule_name(rule);
  }
}

TEST(GuideRules, MixturesFollowAHighBackgroundWhereTheThresholdDoesNot) {
  const Simulated data = simulated(3000, 12, 4);
  const auto wrong = [&](GuideRule rule) {
    return errors_of(data, call_guides_from_counts(data.counts, rule, 5)).first;
  };
  EXPECT_GT(wrong(GuideRule::threshold), 0.9);
  EXPECT_LT(wrong(GuideRule::poisson_gauss), 0.35);  // log2 of such counts is narrower than a Poisson distribution
  EXPECT_LT(wrong(GuideRule::cell_ranger), 0.05);
}

TEST(GuideRules, SameCountsSameCalls) {
  const Simulated data = simulated(500, 5, 0.3);
  const auto first = call_guides_from_counts(data.counts, GuideRule::poisson_gauss, 5);
  const auto second = call_guides_from_counts(data.counts, GuideRule::poisson_gauss, 5);
  EXPECT_EQ(first.guides, second.guides);
  EXPECT_EQ(first.first, second.first);
}

TEST(GuideRules, FewCellsGoByTheThreshold) {
  std::vector<float> counts(40, 0);
  for (std::size_t i = 0; i < 9; ++i) counts[i] = i < 5 ? 1 : 6;
  for (const GuideRule rule : {GuideRule::poisson_gauss, GuideRule::cell_ranger}) {
    const CalledGuides calls = call_guides_from_counts(one_guide(counts), rule, 5);
    EXPECT_FALSE(calls.cuts[0].fitted);
    EXPECT_EQ(calls.cuts[0].called, 5);
    EXPECT_EQ(calls.guides.size(), 4U);
    counts[9] = 1;
    EXPECT_TRUE(call_guides_from_counts(one_guide(counts), rule, 5).cuts[0].fitted);
    counts[9] = 0;
  }
}

TEST(GuideRules, AGuideWithoutCountsAndOneWithEqualCounts) {
  std::vector<std::vector<float>> rows(30, {0, 7});
  const CalledGuides calls = call_guides_from_counts(sparse_of(rows), GuideRule::poisson_gauss, 5);
  EXPECT_EQ(calls.cuts[0].n_with, 0);
  EXPECT_FALSE(calls.cuts[1].fitted);
  EXPECT_EQ(guides_of_cell(calls, 29), (std::vector<std::int32_t>{1}));
}

TEST(GuideRules, BackgroundAloneIsNoCall) {
  std::vector<float> counts;
  for (int i = 0; i < 300; ++i) counts.push_back(i % 7 == 0 ? 2.F : i % 29 == 0 ? 3.F : 1.F);
  for (const GuideRule rule : {GuideRule::poisson_gauss, GuideRule::cell_ranger}) {
    const CalledGuides calls = call_guides_from_counts(one_guide(counts), rule, 5);
    EXPECT_TRUE(calls.guides.empty());
    EXPECT_TRUE(calls.ambiguous.empty());
    EXPECT_TRUE(std::isinf(calls.cuts[0].called));
  }
}

/// The first guide's counts are those of guide_mixture_test.cpp (rate 0.37, signal around 2⁶·⁰⁷), then 10, 12, 14
/// and 40.
std::vector<std::vector<float>> rows_around_the_cut() {
  std::vector<std::vector<float>> rows;
  const std::vector<std::pair<float, int>> drawn{{1, 500}, {2, 200}, {3, 50},   {30, 20},
                                                 {40, 30}, {64, 40}, {100, 30}, {200, 20}};
  for (const auto& [count, n] : drawn) rows.insert(rows.end(), static_cast<std::size_t>(n), {count, 0});
  for (const float count : {5.F, 11.F, 12.F, 13.F, 40.F}) rows.push_back({count, 0});
  return rows;
}

TEST(GuideRules, ACellWhoseOnlyGuideIsNotSureIsAmbiguous) {
  const auto rows = rows_around_the_cut();
  const std::size_t n = rows.size();
  const CalledGuides calls = call_guides_from_counts(sparse_of(rows), GuideRule::poisson_gauss, 5);
  const GuideCut& cut = calls.cuts[0];
  ASSERT_TRUE(cut.fitted);
  EXPECT_LT(cut.probability(5), 0.2);
  for (std::size_t k = 0; k < calls.ambiguous.size(); ++k) {
    const AmbiguousCell& cell = calls.ambiguous[k];
    EXPECT_GT(cell.probability, 0.2);
    EXPECT_LT(cell.probability, 0.8);
    EXPECT_NEAR(cell.probability, cut.probability(cell.count), 1e-12);
    EXPECT_TRUE(guides_of_cell(calls, static_cast<std::size_t>(cell.cell)).empty());
  }
  EXPECT_GE(calls.ambiguous.size(), 2U);  // 12 and a neighbour
  EXPECT_TRUE(guides_of_cell(calls, n - 5).empty());
  EXPECT_EQ(guides_of_cell(calls, n - 1).size(), 1U);
}

TEST(GuideRules, BesideASureGuideAnUnsureOneIsNoMatter) {
  auto rows = rows_around_the_cut();
  for (std::size_t i = 0; i < 20; ++i) rows[i][1] = 1;
  const std::size_t n = rows.size();
  rows[n - 3][1] = 80;  // 12 of the first, and 80 of a second
  for (std::size_t i = n - 40; i < n - 20; ++i) rows[i][1] = 90;
  const CalledGuides calls = call_guides_from_counts(sparse_of(rows), GuideRule::poisson_gauss, 5);
  const auto guides = guides_of_cell(calls, n - 3);
  EXPECT_TRUE(std::find(guides.begin(), guides.end(), 1) != guides.end());
  for (const AmbiguousCell& cell : calls.ambiguous) EXPECT_NE(cell.cell, static_cast<std::int64_t>(n - 3));
}

TEST(GuideRules, Names) {
  EXPECT_EQ(guide_rule_of("auto"), GuideRule::poisson_gauss);
  for (const char* name : {"threshold", "cellranger", "poisson-gauss"})
    EXPECT_STREQ(guide_rule_name(guide_rule_of(name)), name);
  expect_error<ConfigError>([] { guide_rule_of("otsu"); }, {"screen.guide_rule 'otsu'", "threshold, cellranger"});
}

}  // namespace
}  // namespace gracevae::impl
