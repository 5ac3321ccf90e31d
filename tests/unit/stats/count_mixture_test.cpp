#include "stats/count_mixture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace gracevae::impl {
namespace {

/// 89 counts.
std::vector<float> some_counts() {
  std::vector<float> counts;
  const std::vector<std::pair<float, int>> drawn{{1, 50}, {2, 20}, {3, 5},   {30, 2},
                                                 {40, 3}, {64, 4}, {100, 3}, {200, 2}};
  for (const auto& [count, n] : drawn) counts.insert(counts.end(), static_cast<std::size_t>(n), count);
  return counts;
}

TEST(CountMixture, HistogramCountsDistinctValues) {
  const CountHistogram histogram = histogram_of(std::vector<float>{3, 1, 3, 7, 1, 3}, 10);
  EXPECT_EQ(histogram.counts, (std::vector<double>{1, 3, 7}));
  EXPECT_EQ(histogram.frequencies, (std::vector<double>{2, 3, 1}));
  EXPECT_EQ(histogram.n_zeros, 4);
}

TEST(CountMixture, PoissonGaussDensitiesByHand) {
  PoissonGauss fit;
  fit.share = 0.7, fit.rate = 0.5, fit.mean = 6, fit.sd = 1.5;
  // x = 2, a count of 4: 0.5² e^−0.5 / 2! and exp(−(4/1.5)²/2) / (1.5 √2π)
  const double background = 0.25 * std::exp(-0.5) / 2;
  const double signal = std::exp(-16 / 2.25 / 2) / (1.5 * std::sqrt(2 * std::numbers::pi));
  EXPECT_NEAR(fit.log_background(2), std::log(background), 1e-12);
  EXPECT_NEAR(fit.log_signal(2), std::log(signal), 1e-12);
  EXPECT_NEAR(fit.signal_probability(4), 0.3 * signal / (0.7 * background + 0.3 * signal), 1e-12);
}

TEST(CountMixture, ProbabilityDoesNotFallAboveTheSignal) {
  PoissonGauss fit;
  fit.share = 0.9, fit.rate = 2, fit.mean = 6, fit.sd = 0.3;
  const double at_mean = fit.signal_probability(64);
  EXPECT_LT(fit.log_signal(10), fit.log_background(10));
  for (const double count : {65.0, 128.0, 1024.0, 1e9}) EXPECT_GE(fit.signal_probability(count), at_mean);
}

TEST(CountMixture, PoissonGaussFindsTheMaximum) {
  const auto fit = fit_poisson_gauss(histogram_of(some_counts(), 500));
  ASSERT_TRUE(fit);
  // Nelder and Mead (scipy.optimize) over all cells, from several starts.
  EXPECT_NEAR(fit->log_likelihood, -113.718738, 1e-4);
  EXPECT_NEAR(fit->share, 0.842742, 1e-4);
  EXPECT_NEAR(fit->rate, 0.372583, 1e-4);
  EXPECT_NEAR(fit->mean, 6.071645, 1e-3);
  EXPECT_NEAR(fit->sd, 0.859589, 1e-3);
  EXPECT_NEAR(fit->signal_probability(12), 0.463528, 1e-3);
}

TEST(CountMixture, TwoNormalsFindsTheMaximum) {
  const auto fit = fit_two_normals(histogram_of(some_counts(), 289));
  ASSERT_TRUE(fit);
  // The same.
  EXPECT_NEAR(fit->log_likelihood, 34.610631, 1e-4);
  EXPECT_NEAR(fit->share, 0.951557, 1e-4);
  EXPECT_NEAR(fit->low, 0.100379, 1e-4);
  EXPECT_NEAR(fit->high, 1.835149, 1e-4);
  EXPECT_NEAR(fit->variance, 0.031267, 1e-5);
  EXPECT_NEAR(fit->signal_probability(12), 0.994135, 1e-3);
}

TEST(CountMixture, NothingToPart) {
  EXPECT_FALSE(fit_poisson_gauss({}));
  EXPECT_FALSE(fit_two_normals({}));
  EXPECT_FALSE(fit_poisson_gauss(histogram_of(std::vector<float>(50, 7), 100)));
  EXPECT_FALSE(fit_two_normals(histogram_of(std::vector<float>(50, 7), 50)));
  EXPECT_FALSE(fit_two_normals(histogram_of({}, 50)));
}

TEST(CountMixture, HugeCountsAreNumbers) {
  std::vector<float> counts(20, 1);
  counts.insert(counts.end(), {16777216.F, 1e30F, 3e38F, 12000000.F});
  const CountHistogram histogram = histogram_of(counts, 1000);
  const auto poisson_gauss = fit_poisson_gauss(histogram);
  ASSERT_TRUE(poisson_gauss);
  EXPECT_NEAR(poisson_gauss->signal_probability(3e38), 1, 1e-6);
  const auto fit = fit_two_normals(histogram);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->signal_probability(3e38), 1, 1e-6);
  EXPECT_NEAR(fit->signal_probability(1), 0, 1e-6);
}

}  // namespace
}  // namespace gracevae::impl
