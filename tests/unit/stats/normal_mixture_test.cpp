#include "stats/normal_mixture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace gracevae::impl {
namespace {

struct Drawn {
  std::vector<double> values, known;
  double share = 0;  ///< as drawn
};

Drawn drawn(std::uint64_t seed, int n, double share, double mean, double sd) {
  Random random(seed, "mixture test");
  Drawn result;
  for (int i = 0; i < n; ++i) {
    const bool is_known = random.uniform() < share;
    result.share += is_known ? 1.0 / n : 0;
    result.values.push_back(is_known ? random.normal() : mean + sd * random.normal());
  }
  for (int i = 0; i < 1000; ++i) result.known.push_back(random.normal());
  return result;
}

double likelihood(const std::vector<double>& values, double share, double mean, double sd) {
  double sum = 0;
  for (const double x : values)
    sum += std::log(share * std::exp(-x * x / 2) + (1 - share) * std::exp(-std::pow((x - mean) / sd, 2) / 2) / sd);
  return sum;
}

TEST(Mixture, PosteriorByHand) {
  const Mixture mixture{{1, 2}, {5, 1}, 0.25};
  // densities at 3 without 1/√2π: exp(−1/2)/2 and exp(−2).
  const double a = 0.25 * std::exp(-0.5) / 2, b = 0.75 * std::exp(-2.0);
  EXPECT_NEAR(mixture.probability_other(3), b / (a + b), 1e-12);
  EXPECT_EQ(mixture.separation(), 2);
  EXPECT_EQ(mixture.probability_other(1e4), 0)
      << "both densities vanish: nearer in units of its own sd is the known one";
  EXPECT_EQ((Mixture{{0, 1}, {5, 1}, 0.25}.probability_other(1e4)), 1);
}

TEST(Mixture, NoPointOfAGridIsMoreLikely) {
  const Drawn data = drawn(1, 400, 0.3, 3, 1.2);
  const Mixture fit = fit_mixture(data.values, {0, 1});
  const double most = likelihood(data.values, fit.known_share, fit.other.mean, fit.other.sd);
  for (double share = 0.02; share < 1; share += 0.02)
    for (double mean = 0; mean < 6; mean += 0.1)
      for (double sd = 0.5; sd <= 2; sd += 0.1)
        ASSERT_LE(likelihood(data.values, share, mean, sd), most + 1e-3) << share << " " << mean << " " << sd;
}

TEST(Mixture, FindsKnownSharesWithinTheirErrors) {
  for (const double share : {0.0, 0.2, 0.5, 0.9})
    for (const double mean : {2.5, 4.0})
      for (const std::uint64_t seed : {1, 2, 3}) {
        const Drawn data = drawn(seed, 400, share, mean, 1);
        const Mixture fit = fit_mixture(data.values, component_of(data.known));
        const double error = bootstrap_share_error(data.values, data.known, fit, Random(seed, "draws"));
        EXPECT_NEAR(fit.known_share, data.share, 3 * error + 0.005) << share << " " << mean;
        EXPECT_LT(error, 0.1);
        EXPECT_GE(error, share < 0.1 ? 0 : 0.3 * std::sqrt(share * (1 - share) / 400)) << "an error that is none";
      }
}

TEST(Mixture, TheOtherComponentIsBounded) {
  std::vector<double> values(200, 0.0);
  Random random(3, "bounded");
  for (double& value : values) value = random.normal() - 1;
  const Mixture below = fit_mixture(values, {0, 1});
  EXPECT_GE(below.separation(), 0);
  values.back() = 40;  // an outlier is no component of its own
  const Mixture outlier = fit_mixture(values, {0, 1});
  EXPECT_GE(outlier.other.sd, 0.5);
  EXPECT_LE(outlier.other.sd, 2);
}

TEST(Mixture, ShareOfAFewValuesSolvesItsEquation) {
  const Drawn data = drawn(5, 60, 0.4, 3, 1);
  const Mixture mixture{{0, 1}, {3, 1}, 0.9};
  const Measured share = known_share_of(data.values, mixture);
  double score = 0, information = 0;  // of the log likelihood, by the share
  for (const double x : data.values) {
    const double a = std::exp(-x * x / 2), b = std::exp(-(x - 3) * (x - 3) / 2);
    const double slope = (a - b) / (share.value * a + (1 - share.value) * b);
    score += slope;
    information += slope * slope;
  }
  EXPECT_NEAR(score / std::sqrt(information), 0, 1e-3);
  EXPECT_NEAR(share.error, 1 / std::sqrt(information), 1e-9);
}

}  // namespace
}  // namespace gracevae::impl
