#include "effects/design.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "effects/process.hpp"

namespace gracevae::impl {
namespace {

std::vector<std::int64_t> numbers(std::int64_t n) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// Σ after measuring `chosen` with noise r, by the inverse of their covariance: a second route.
double variance_left(const Matrix<double>& covariance, const std::vector<std::int64_t>& chosen, double noise) {
  Matrix<double> c(std::ssize(chosen), std::ssize(chosen));
  for (std::int64_t i = 0; i < c.n_rows; ++i)
    for (std::int64_t j = 0; j < c.n_rows; ++j)
      c(i, j) = covariance(chosen[static_cast<std::size_t>(i)], chosen[static_cast<std::size_t>(j)]) + (i == j) * noise;
  const Cholesky factor(c);
  double sum = 0;
  for (std::int64_t k = 0; k < covariance.n_rows; ++k) {
    std::vector<double> row;
    for (const std::int64_t i : chosen) row.push_back(covariance(k, i));
    const auto solved = factor.solve(row);
    sum += covariance(k, k) - std::inner_product(row.begin(), row.end(), solved.begin(), 0.0);
  }
  return sum;
}

TEST(GreedyPlanTest, EachStepIsTheBestOfAll) {
  constexpr std::int64_t m = 12;
  Random random(3, "design");
  Matrix<double> x(m, 5), covariance(m, m);
  random.fill_normal(std::span(x.values));
  multiply_by_rows(x, x, covariance);
  for (std::int64_t i = 0; i < m; ++i) covariance(i, i) += 0.5;
  const auto all = numbers(m);
  std::vector<double> priors(m);
  for (std::int64_t i = 0; i < m; ++i) priors[static_cast<std::size_t>(i)] = covariance(i, i);
  const auto plan = greedy_plan(covariance, priors, all, all, 0.3, 4);
  ASSERT_EQ(plan.size(), 4U);
  std::vector<std::int64_t> chosen;
  double before = 0;
  for (const double prior : priors) before += prior;
  for (const PlannedCondition& next : plan) {
    double best = 1e300;
    std::int64_t expected = -1;
    for (const std::int64_t c : all) {
      if (std::ranges::find(chosen, c) != chosen.end()) continue;
      auto with = chosen;
      with.push_back(c);
      const double left = variance_left(covariance, with, 0.3);
      if (left < best) {
        best = left;
        expected = c;
      }
    }
    EXPECT_EQ(next.item, expected);
    EXPECT_NEAR(next.left, best, 1e-9);
    EXPECT_NEAR(next.reduction, before - best, 1e-9);
    before = best;
    chosen.push_back(next.item);
  }
  EXPECT_GT(plan[3].expected_cosine, plan[0].expected_cosine);
}

TEST(GreedyPlanTest, TwoThatSayTheSameAreNotBothPlanned) {
  // 0 and 1 are the same, 2 is another of less variance; without noise.
  Matrix<double> covariance(3, 3);
  covariance.values = {2, 2, 0, 2, 2, 0, 0, 0, 1};
  const std::vector<double> priors{2, 2, 1};
  const auto all = numbers(3);
  const auto plan = greedy_plan(covariance, priors, all, all, 0, 3);
  EXPECT_EQ(plan[0].item, 0);
  EXPECT_EQ(plan[1].item, 2);
  EXPECT_EQ(plan[2].item, 1) << "at last, though it says nothing more";
  EXPECT_EQ(plan[2].reduction, 0);
}

TEST(GreedyPlanTest, OnlyWhatIsOfInterestCountsAndOnlyCandidatesArePlanned) {
  Matrix<double> covariance(3, 3);
  covariance.values = {5, 0, 0, 0, 1, 0.5, 0, 0.5, 1};
  const std::vector<double> priors{5, 1, 1};
  const std::vector<std::int64_t> candidates{0, 1}, interest{2};
  const auto plan = greedy_plan(covariance, priors, candidates, interest, 0, 5);
  ASSERT_EQ(plan.size(), 2U) << "a budget above the candidates";
  EXPECT_EQ(plan[0].item, 1);
  EXPECT_NEAR(plan[0].reduction, 0.25, 1e-12);
  EXPECT_NEAR(plan[0].expected_cosine, 0.5, 1e-12);
}

TEST(GreedyPlanTest, OtherCriteriaAreTheirWords) {
  Matrix<double> covariance(3, 3);
  covariance.values = {1, 0.9, 0, 0.9, 1, 0, 0, 0, 1.2};
  const std::vector<double> priors{1, 1, 1.2};
  const auto all = numbers(3);
  EXPECT_EQ(greedy_plan(covariance, priors, all, all, 0, 1)[0].item, 0) << "tells of two";
  EXPECT_EQ(greedy_plan(covariance, priors, all, all, 0, 1, PlanCriterion::variance)[0].item, 2);
  std::vector<std::int64_t> firsts(3);
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    ++firsts[static_cast<std::size_t>(
        greedy_plan(covariance, priors, all, all, 0, 1, PlanCriterion::random, seed)[0].item)];
  for (const std::int64_t n : firsts) EXPECT_GT(n, 8);
}

}  // namespace
}  // namespace gracevae::impl
