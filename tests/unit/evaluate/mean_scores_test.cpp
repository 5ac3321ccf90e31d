// What the true mean would get: closed form against drawn observations.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "evaluate/metrics.hpp"

namespace gracevae::impl {
namespace {

constexpr std::size_t kGenes = 400;
constexpr int kDraws = 400;

/// A truth, and observations of it with known errors.
struct Truth {
  std::vector<double> mean, control, perturbed, error, control_error;
};

Truth truth_of(double effect) {
  Random random(5, "truth");
  Truth truth;
  for (std::size_t g = 0; g < kGenes; ++g) {
    truth.control.push_back(std::abs(random.normal()));
    truth.mean.push_back(truth.control.back() + effect * random.normal());
    truth.perturbed.push_back(truth.control.back() + 0.02 * random.normal());
    truth.error.push_back(0.01 + 0.02 * random.uniform());
    truth.control_error.push_back(0.005);
  }
  return truth;
}

std::vector<double> observed(const std::vector<double>& mean, const std::vector<double>& error, Random& random) {
  std::vector<double> values;
  for (std::size_t g = 0; g < mean.size(); ++g) values.push_back(mean[g] + std::sqrt(error[g]) * random.normal());
  return values;
}

class NoiseFree : public ::testing::TestWithParam<double> {};

TEST_P(NoiseFree, IsWhatTheTrueMeanGetsOnAverage) {
  const Truth truth = truth_of(GetParam());
  Random random(7, "draws");
  std::map<std::string, double> reached, expected;
  for (int draw = 0; draw < kDraws; ++draw) {
    const MeanPair means{truth.mean,
                         observed(truth.mean, truth.error, random),
                         truth.error,
                         truth.control,
                         observed(truth.control, truth.control_error, random),
                         truth.control_error,
                         truth.perturbed};
    for (const auto& [id, value] : mean_scores(means)) reached[id] += value / kDraws;
    for (const auto& [id, value] : noise_free_scores(means)) expected[id] += value / kDraws;
  }
  ASSERT_EQ(expected.size(), reached.size());
  for (const auto& [id, value] : reached) EXPECT_NEAR(expected.at(id), value, 0.012) << id;
}

INSTANTIATE_TEST_SUITE_P(Effects, NoiseFree, ::testing::Values(0.1, 0.3, 1.0));

TEST(NoiseFree, ErrorsAlongTheChangeTurnNothing) {
  // A few genes hold most of the change and of its error.
  Random random(11, "few genes");
  double reached = 0, expected = 0;
  constexpr int kTimes = 2000;
  constexpr std::size_t kFew = 20;
  for (int time = 0; time < kTimes; ++time) {
    Truth truth;
    for (std::size_t g = 0; g < kFew; ++g) {
      const double scale = std::exp(random.normal());
      truth.control.push_back(0);
      truth.mean.push_back(0.5 * scale * random.normal());
      truth.error.push_back(0.05 * scale * scale);
    }
    const std::vector<double> seen = observed(truth.mean, truth.error, random);
    const MeanPair means{truth.mean, seen, truth.error, truth.control, truth.control, {}, truth.control};
    reached += mean_scores(means).at("pearson_delta") / kTimes;
    expected += noise_free_scores(means).at("pearson_delta") / kTimes;
  }
  EXPECT_NEAR(expected, reached, 0.035);  // .86 and .89; .84 if all of the error counted
}

TEST(NoiseFree, IsPerfectWithoutErrors) {
  const MeanPair means{{}, {1, 3, 2}, {0, 0, 0}, {1, 1, 1}, {1, 1, 1}, {}, {1, 1, 0}};
  const auto scores = noise_free_scores(means);
  EXPECT_EQ(scores.at("r2.corrected"), 1);
  EXPECT_EQ(scores.at("pearson_delta"), 1);
  EXPECT_EQ(scores.at("vcc.mae"), 0);
  EXPECT_EQ(scores.at("systema.pearson"), 1);
}

}  // namespace
}  // namespace gracevae::impl
