#include "stats/pair_interaction.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/random.hpp"
#include "stats/multiple_testing.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {
namespace {

using Values = std::vector<double>;

PairNumbers numbers_of(const Values& a, const Values& b, const Values& ab) {
  return pair_numbers(products_of(a, b, ab));
}

TEST(PairNumbers, OfEffects) {
  const PairNumbers half = numbers_of({2, 1, 0, 0, 0, 0}, {0, 0, 0, 1, -2, 0}, {1, 0.5, 0, 0.5, -1, 3});
  EXPECT_NEAR(half.c_a.value, 0.5, 1e-12);
  EXPECT_NEAR(half.c_b.value, 0.5, 1e-12);
  EXPECT_NEAR(half.norm_deviation.value, std::sqrt(1 + 0.25 + 0.25 + 1 + 9), 1e-12);
  EXPECT_NEAR(half.fit.value, std::sqrt(2.5 / 11.5), 1e-12);
  EXPECT_TRUE(std::isnan(half.c_a.error));
  const PairNumbers sum = numbers_of({2, 1, 0}, {0, 0, 1}, {2, 1, 1});
  EXPECT_NEAR(sum.magnitude.value, std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(sum.fit.value, 1, 1e-12);
  EXPECT_NEAR(sum.norm_deviation.value, 0, 1e-12);
  EXPECT_NEAR(sum.norm_a.value, std::sqrt(5.0), 1e-12);
}

TEST(PairNumbers, OfEffectsThatAreMultiplesOfOneAnother) {
  const PairNumbers same = numbers_of({1, 2}, {2, 4}, {5, 10});
  EXPECT_NEAR(same.c_a.value, 1, 1e-9);  // of all c_a + 2·c_b = 5 the smallest
  EXPECT_NEAR(same.c_b.value, 2, 1e-9);
  const PairNumbers none = numbers_of({0, 0}, {0, 0}, {0, 0});
  EXPECT_EQ(none.magnitude.value, 0);
  EXPECT_EQ(none.fit.value, 0);
  EXPECT_NEAR(numbers_of({0, 0}, {1, 1}, {3, 3}).c_b.value, 3, 1e-12);
  EXPECT_NEAR(numbers_of({1, 1}, {-1, -1}, {1, 1}).c_b.value, -0.5, 1e-12);
}

/// Rows of four groups over columns that vary together along a few directions and each on its own.
class Experiment {
 public:
  static constexpr std::size_t kColumns = 40;
  static constexpr std::array<int, 4> kRows = {150, 40, 40, 30};  // control, a, b, ab

  /// `noise`: standard deviation of each column's own.
  explicit Experiment(std::uint64_t seed, double noise = 0.5, std::size_t n_directions = 4)
      : random_(seed, "experiment"), noise_(noise), directions_(n_directions, Values(kColumns)) {
    for (Values& direction : directions_)
      for (double& value : direction) value = random_.normal() / 2;
  }

  /// Effects of this size along the directions; `double_of` says what a pair does.
  PairEstimate pair(double size, const std::function<Values(const Values& a, const Values& b)>& double_of) {
    const Values a = effect(size), b = effect(size);
    return estimate(a, b, double_of(a, b));
  }
  Values effect(double size) {
    Values result(kColumns);
    for (const Values& direction : directions_) {
      const double push = size * random_.normal();
      for (std::size_t g = 0; g < kColumns; ++g) result[g] += push * direction[g];
    }
    return result;
  }
  PairEstimate estimate(const Values& a, const Values& b, const Values& ab) {
    std::array<std::vector<Values>, 4> rows;
    const std::array<Values, 4> means = {Values(kColumns), a, b, ab};
    for (std::size_t k = 0; k < 4; ++k)
      for (int i = 0; i < kRows[k]; ++i) rows[k].push_back(row(means[k]));
    return estimate_pair(sample_of(rows));
  }
  /// By definition.
  static PairSample sample_of(const std::array<std::vector<Values>, 4>& rows) {
    std::array<Values, 4> means;
    std::array<PairGroup, 4> groups;
    for (std::size_t k = 0; k < 4; ++k) {
      groups[k].n_rows = static_cast<double>(rows[k].size());
      for (std::size_t g = 0; g < rows[k].front().size(); ++g) {
        Values column;
        for (const Values& row : rows[k]) column.push_back(row[g]);
        means[k].push_back(mean_of(column));
        groups[k].noise += std::pow(sample_sd(column), 2) / groups[k].n_rows;
      }
    }
    std::array<Values, 3> effects = {means[1], means[2], means[3]};
    for (Values& effect : effects)
      for (std::size_t g = 0; g < effect.size(); ++g) effect[g] -= means[0][g];
    for (std::size_t k = 0; k < 4; ++k)
      for (const Values& row : rows[k]) {
        std::array<double, 3> projection{};
        for (std::size_t j = 0; j < 3; ++j)
          for (std::size_t g = 0; g < row.size(); ++g) projection[j] += (row[g] - means[k][g]) * effects[j][g];
        for (std::size_t i = 0; i < 3; ++i)
          for (std::size_t j = 0; j < 3; ++j)
            groups[k].covariance[i][j] += projection[i] * projection[j] / (groups[k].n_rows * (groups[k].n_rows - 1));
      }
    return {products_of(effects[0], effects[1], effects[2]), groups[0], groups[1], groups[2], groups[3]};
  }

 private:
  Values row(Values mean) {
    for (const Values& direction : directions_) {
      const double push = random_.normal();
      for (std::size_t g = 0; g < kColumns; ++g) mean[g] += push * direction[g];
    }
    for (double& value : mean) value += noise_ * random_.normal();
    return mean;
  }

  Random random_;
  double noise_;
  std::vector<Values> directions_;
};

Values added(const Values& a, const Values& b, double c_a = 1, double c_b = 1) {
  Values result(a.size());
  for (std::size_t g = 0; g < a.size(); ++g) result[g] = c_a * a[g] + c_b * b[g];
  return result;
}
Values sum(const Values& a, const Values& b) { return added(a, b); }
Values buffered(const Values& a, const Values& b) { return added(a, b, 0.6, 0.6); }

/// Strong effects, weak ones, none, and weak ones in much noise: of each 300 pairs that add up. A p is right if it is
/// below α at most α of the time; three standard errors are allowed.
TEST(PairEstimate, PIsRightWhereEffectsAddUp) {
  for (const auto& [size, noise] :
       {std::pair(3.0, 0.5), std::pair(0.7, 0.5), std::pair(0.0, 0.5), std::pair(0.3, 2.0)}) {
    Experiment experiment(7, noise);
    int along = 0, any = 0, both = 0;
    constexpr int kPairs = 300;
    for (int i = 0; i < kPairs; ++i) {
      const PairEstimate found = experiment.pair(size, sum);
      along += found.p_along < 0.1, any += found.p_any < 0.1, both += found.p < 0.1;
      EXPECT_LE(found.p, 1);
    }
    const double most = kPairs * 0.1 + 3 * std::sqrt(kPairs * 0.1 * 0.9);
    EXPECT_LE(along, most) << size;
    EXPECT_LE(any, most) << size;
    EXPECT_LE(both, most) << size;
    if (size > 1) {
      EXPECT_GE(along, kPairs * 0.05) << "nor is it far too careful";
    }
  }
}

/// Rows that vary along one direction, as the effects do: then δ_a and δ_b are one, and the score has one part.
TEST(PairEstimate, PIsRightAlongOneDirection) {
  Experiment experiment(8, 0.2, 1);
  int n = 0;
  for (int i = 0; i < 300; ++i) n += experiment.pair(2, sum).p_along < 0.1;
  EXPECT_LE(n, 30 + 3 * std::sqrt(27));
}

/// 40 pairs that add up and 20 that do not, 15 times: of the pairs that are called at a rate of 0.1, a tenth do add up
/// in the mean.
TEST(PairEstimate, FalseDiscoveryRateIsKept) {
  Values false_shares;
  int found = 0;
  constexpr int kTimes = 15, kNull = 40, kReal = 20;
  for (int time = 0; time < kTimes; ++time) {
    Experiment experiment(static_cast<std::uint64_t>(100 + time));
    Values p;
    for (int i = 0; i < kNull; ++i) p.push_back(experiment.pair(3, sum).p);
    for (int i = 0; i < kReal; ++i) p.push_back(experiment.pair(3, buffered).p);
    const Values q = benjamini_hochberg(p);
    int n_false = 0, n_true = 0;
    for (int i = 0; i < kNull + kReal; ++i)
      if (q[static_cast<std::size_t>(i)] <= 0.1) ++(i < kNull ? n_false : n_true);
    false_shares.push_back(n_false + n_true > 0 ? static_cast<double>(n_false) / (n_false + n_true) : 0);
    found += n_true;
  }
  EXPECT_LE(mean_of(false_shares), 0.1 + 2 * sample_sd(false_shares) / std::sqrt(double{kTimes}));
  EXPECT_GT(found, kTimes * kReal / 3) << "and most real ones are found";
}

/// What neither single does is an interaction along none of their directions.
TEST(PairEstimate, FindsWhatNeitherSingleDoes) {
  Experiment experiment(3);
  int along = 0, any = 0;
  for (int i = 0; i < 40; ++i) {
    Values a = experiment.effect(2), b = experiment.effect(2), ab = added(a, b);
    for (std::size_t g = 0; g < 10; ++g) a[g] = b[g] = 0, ab[g] = 1.5;
    const PairEstimate found = experiment.estimate(a, b, ab);
    along += found.p_along < 0.001, any += found.p_any < 0.001;
  }
  EXPECT_GT(any, 20);
  EXPECT_GT(any, along);
}

/// Weak effects, so that noise makes up much of the squared means: least squares takes c to be smaller than it is. The
/// errors are those of repetitions.
TEST(PairEstimate, CoefficientsAreNotAttenuatedAndErrorsAreThoseOfRepetitions) {
  Experiment experiment(11);
  const Values a = experiment.effect(0.8), b = experiment.effect(0.8), ab = added(a, b, 0.7, 1.2);
  std::array<Values, 8> values, errors;
  for (int i = 0; i < 400; ++i) {
    const PairEstimate found = experiment.estimate(a, b, ab);
    if (std::isnan(found.numbers.fit.value)) continue;
    for (std::size_t k = 0; k < values.size(); ++k) {
      const Measured& number = found.numbers.*kPairNumbers[k];
      values[k].push_back(number.value);
      errors[k].push_back(number.error);
    }
  }
  ASSERT_GT(values[0].size(), 380U);
  const PairNumbers truth = numbers_of(a, b, ab);
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (kPairNumbers[k] == &PairNumbers::norm_deviation) continue;  // a root near 0
    const double sd = sample_sd(values[k]), value = (truth.*kPairNumbers[k]).value;
    EXPECT_NEAR(median_of(values[k]), value, 0.25 * sd) << k;
    EXPECT_NEAR(median_of(errors[k]), sd, 0.3 * sd) << k;
  }
}

TEST(PairEstimate, OfEffectsThatAreNotClear) {
  Experiment experiment(5);
  const Values a = experiment.effect(4), none(Experiment::kColumns), part = added(a, a, 0.25, 0.25);
  const PairEstimate found = experiment.estimate(a, none, part);
  EXPECT_TRUE(std::isnan(found.numbers.c_b.value)) << "b does nothing";
  EXPECT_NEAR(found.numbers.c_a.value, 0.5, 3 * found.numbers.c_a.error) << "by least squares on a alone";
  EXPECT_LT(found.numbers.c_a.error, 0.08);
  EXPECT_TRUE(std::isnan(found.numbers.magnitude.value));
  EXPECT_TRUE(std::isnan(found.similarity));
  EXPECT_GT(found.numbers.norm_a.value, 0);
  EXPECT_LT(found.p, 0.01);
  const PairEstimate other = experiment.estimate(none, a, part);
  EXPECT_TRUE(std::isnan(other.numbers.c_a.value));
  EXPECT_NEAR(other.numbers.c_b.value, 0.5, 3 * other.numbers.c_b.error);
}

}  // namespace
}  // namespace gracevae::impl
