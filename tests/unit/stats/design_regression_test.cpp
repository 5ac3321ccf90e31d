#include "stats/design_regression.hpp"

#include <gmock/gmock.h>

#include "base/random.hpp"

namespace gracevae::impl {
namespace {

using ::testing::DoubleNear;

constexpr std::size_t kColumns = 400;

std::vector<double> draw(Random& random, double size) {
  std::vector<double> values(kColumns);
  random.fill_normal(std::span<double>(values));
  for (double& value : values) value *= size;
  return values;
}

double mean_square(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

/// Groups of some factors of known effects, each mean with the error of its observations (variance 1).
class DesignTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int k = 0; k < 4; ++k) effects_.push_back(draw(random_, 1));
  }
  void add(std::vector<std::int64_t> factors, double n, double scale = 1, double besides = 0) {
    std::vector<double> shift = draw(random_, std::sqrt(1 / n + besides));
    for (const std::int64_t k : factors)
      for (std::size_t g = 0; g < kColumns; ++g)
        shift[g] += (factors.size() > 1 ? scale : 1) * effects_[static_cast<std::size_t>(k)][g];
    shifts_.push_back(std::move(shift));
    groups_.push_back({std::move(factors), n, {}});
  }
  DesignEffects fit(double scale = 1) {
    for (std::size_t i = 0; i < groups_.size(); ++i) groups_[i].shift = shifts_[i];
    return design_effects(groups_, 4, std::vector<double>(kColumns, 1.0), scale);
  }
  /// Mean squared error of a factor, in units of the error that its own number of observations promises.
  double error_of(const DesignEffects& found, std::size_t k) const {
    return mean_square(found.effects[k], effects_[k]) * found.n[k];
  }

  Random random_{5, "design"};
  std::vector<std::vector<double>> effects_, shifts_;
  std::vector<DesignGroup> groups_;
};

TEST_F(DesignTest, SinglesAloneAreTheirMeans) {
  for (std::int64_t k = 0; k < 4; ++k) add({k}, 50);
  const DesignEffects found = fit();
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_LT(mean_square(found.effects[k], shifts_[k]), 1e-4) << "but for a ridge of a tenth of an observation";
    EXPECT_THAT(found.n[k], DoubleNear(50, 0.2));
  }
}

TEST_F(DesignTest, FactorsAreFoundFromCombinationsAlone) {
  add({0, 1}, 40);
  add({1, 2}, 40);
  add({0, 2}, 40);
  add({0, 1, 2, 3}, 40);
  const DesignEffects found = fit();
  for (std::size_t k = 0; k < 4; ++k) EXPECT_THAT(error_of(found, k), DoubleNear(1, 0.35)) << k;
}

TEST_F(DesignTest, AFewObservationsBorrowFromCombinations) {
  for (std::int64_t k = 0; k < 3; ++k) add({k}, 200);
  add({3}, 3);
  add({0, 3}, 100);
  add({1, 3}, 100);
  const DesignEffects found = fit();
  EXPECT_GT(found.n[3], 60);
  EXPECT_THAT(error_of(found, 3), DoubleNear(1, 0.35));
}

TEST_F(DesignTest, CombinationsThatDoNotAddUpSayLess) {
  for (std::int64_t k = 0; k < 4; ++k) add({k}, 50);
  for (std::int64_t a = 0; a < 4; ++a)
    for (std::int64_t b = a + 1; b < 4; ++b) add({a, b}, 100, 1, 0.5);
  const DesignEffects found = fit();
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_LT(found.n[k], 65) << "each pair is worth two observations, not a hundred";
    EXPECT_THAT(error_of(found, k), DoubleNear(1, 0.4));
  }
}

TEST_F(DesignTest, AScaleIsOfCombinationsOnly) {
  add({0}, 1000);
  add({1}, 1000);
  add({0, 1}, 1000, 0.7);
  EXPECT_THAT(error_of(fit(0.7), 0), DoubleNear(1, 0.4));
  EXPECT_GT(mean_square(fit(1).effects[0], effects_[0]), mean_square(fit(0.7).effects[0], effects_[0]));
}

TEST(CombinationScale, IsLearnedFromPairsAndOneWithoutThem) {
  EXPECT_EQ(combination_scale({}), 1);
  Random random(7, "pairs");
  std::vector<std::vector<double>> observed;
  std::vector<ShiftPair> pairs;
  for (int i = 0; i < 30; ++i) {
    std::vector<double> sum = draw(random, 1);
    observed.push_back(draw(random, 0.1));
    for (std::size_t g = 0; g < kColumns; ++g) observed.back()[g] += 0.7 * sum[g];
    pairs.push_back({std::move(sum), {}});
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].observed = observed[i];
  EXPECT_THAT(combination_scale(pairs), DoubleNear(0.7, 0.01));
  const double of_one = combination_scale(std::span(pairs).first(1));
  EXPECT_GT(of_one, 0.72);
  EXPECT_LT(of_one, 0.85) << "one pair counts twice as much as none";
}

TEST(CombinationScale, APairWithoutEffectSaysNothing) {
  const std::vector<double> nothing(kColumns, 0.0);
  EXPECT_EQ(combination_scale(std::vector<ShiftPair>{{nothing, nothing}}), 1);
}

}  // namespace
}  // namespace gracevae::impl
