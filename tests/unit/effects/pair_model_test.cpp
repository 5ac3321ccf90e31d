#include "effects/pair_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"
#include "effects/cross_validation.hpp"
#include "support/expect_error.hpp"

namespace gracevae::impl {
namespace {

/// Twelve singles in two dimensions of three genes, and pairs: .7 of the sum, less where the singles are alike.
struct SimulatedPairs {
  EffectTable singles, pairs;
  std::vector<TargetPair> numbers;

  explicit SimulatedPairs(std::int64_t n_singles, double c = 0.7, double bend = 0, std::int64_t n_genes = 30) {
    Random random(7, "pairs");
    singles.source = pairs.source = "simulated";
    singles.effects = Matrix<double>(n_singles, n_genes);
    for (std::int64_t g = 0; g < n_genes; ++g) singles.genes.push_back("G" + std::to_string(g));
    pairs.genes = singles.genes;
    for (std::int64_t i = 0; i < n_singles; ++i) {
      singles.conditions.push_back({"T" + std::to_string(10 + i)});
      singles.noise.push_back(0);
      // Half of a single is its program's.
      for (std::int64_t g = 0; g < n_genes; ++g)
        singles.effects(i, g) = std::sin(static_cast<double>(g * (1 + i % 3))) + 0.5 * random.normal();
    }
    for (std::int64_t i = 0; i < n_singles; ++i)
      for (std::int64_t j = i + 1; j < n_singles; ++j) {
        numbers.emplace_back(i, j);
        const double factor = c - bend * (i % 3 == j % 3);
        pairs.conditions.push_back({singles.conditions[static_cast<std::size_t>(i)].front(),
                                    singles.conditions[static_cast<std::size_t>(j)].front()});
        pairs.noise.push_back(0);
        for (std::int64_t g = 0; g < n_genes; ++g)
          pairs.effects.values.push_back(factor * (singles.effects(i, g) + singles.effects(j, g)) +
                                         0.05 * random.normal());
      }
    pairs.effects.n_rows = std::ssize(pairs.conditions);
    pairs.effects.n_cols = n_genes;
  }
};

TEST(PairModelTest, KernelsAreTheirFormulas) {
  Matrix<double> g(3, 3);
  g.values = {4, 1, 0, 1, 1, -0.5, 0, -0.5, 9};  // norms 2, 1, 3
  const PairKernels kernels(g, {{0, 1}, {1, 2}, {0, 2}});
  const auto entry = [&](std::size_t part, std::int64_t i, std::int64_t j) {
    Matrix<double> out(1, 1);
    const std::int64_t rows[] = {i}, columns[] = {j};
    kernels.add(part, 1, rows, columns, out);
    return out(0, 0);
  };
  const double c01 = 0.5, c02 = 0, c12 = -1.0 / 6;
  // {0, 1} and {1, 2}: (C_01·C_12 + C_02·C_11)/2
  EXPECT_NEAR(entry(0, 0, 1), (c01 * c12 + c02) / 2 / std::sqrt((1 + c01 * c01) / 2 * (1 + c12 * c12) / 2), 1e-12);
  // (0 + 1)·(1 + 2) = 1 + 0 + 1 − ½, ‖0 + 1‖² = 7, ‖1 + 2‖² = 9
  EXPECT_NEAR(entry(1, 0, 1), 1.5 / std::sqrt(63.0), 1e-12);
  EXPECT_NEAR(kernels.norm_of_sum(0), std::sqrt(7.0), 1e-12);
  EXPECT_EQ(entry(2, 0, 1), 0.5);
  for (std::size_t part = 0; part < 3; ++part) EXPECT_EQ(entry(part, 2, 2), 1);
}

TEST(PairModelTest, KernelsArePositive) {
  const SimulatedPairs data(9);
  Matrix<double> products(9, 9);
  multiply_by_rows(data.singles.effects, data.singles.effects, products);
  const PairKernels kernels(products, data.numbers);
  std::vector<std::int64_t> all(data.numbers.size());
  std::iota(all.begin(), all.end(), 0);
  for (std::size_t part = 0; part < 3; ++part) {
    Matrix<double> k(std::ssize(all), std::ssize(all));
    kernels.add(part, 1, all, all, k);
    for (std::int64_t i = 0; i < k.n_rows; ++i) k(i, i) += 1e-9;
    EXPECT_NO_THROW(Cholesky{k}) << part;
  }
}

TEST(PairModelTest, ScaleIsWeightedLeastSquaresWithARidge) {
  Matrix<double> sums(3, 1), doubles(3, 1);
  sums.values = {2, 4, 10};
  doubles.values = {1, 3, 6};
  // ‖d‖² 1, 9, 36; ¼ median 2.25
  const double above = 1 + 2 / 3.25 + 12 / 11.25 + 60 / 38.25, below = 1 + 4 / 3.25 + 16 / 11.25 + 100 / 38.25;
  EXPECT_NEAR(pair_scale(sums, doubles), above / below, 1e-12);
  EXPECT_EQ(pair_scale(Matrix<double>(0, 1), Matrix<double>(0, 1)), 1);
}

TEST(PairModelTest, TheScaleIsLearnedFromPairsAndNothingElse) {
  const SimulatedPairs data(6);
  const PairModel none(data.singles, data.pairs.only({}), data.numbers, {});
  EXPECT_EQ(none.scale(), 1);
  none.predict([&](EffectPrediction&& said) {
    EXPECT_EQ(said.effect, none.sum(said.item));
    EXPECT_TRUE(said.abstained && std::isnan(said.error[0]));
  });
  const PairModel five(data.singles, data.pairs.only({0, 3, 6, 9, 12}), {{0, 1}}, {});
  EXPECT_FALSE(five.has_process());
  EXPECT_NEAR(five.scale(), 0.75, 0.06) << "the ridge pulls towards 1";
}

TEST(PairModelTest, TheProcessFindsWhichPairsBend) {
  const SimulatedPairs data(12, 0.9, 0.6);
  const CrossValidation result = cross_validate_pairs(data.singles, data.pairs, 2, {});
  ASSERT_EQ(result.guesses.size(), 3U);
  EXPECT_EQ(result.guesses[2].name, "process");
  const auto error = [&](std::size_t i) { return std::sqrt(1 - result.guesses[i].r2); };
  EXPECT_LT(error(1), error(0));
  EXPECT_LT(error(2), 0.6 * error(1));
  EXPECT_NEAR(result.coverage[1].covered, 0.9, 0.06);
}

TEST(PairModelTest, UnknownTargetsAreNamed) {
  const SimulatedPairs data(4);
  test::expect_error<InputError>([&] { rows_of_targets(data.singles, {"T10", "T1O"}); }, {"T1O", "simulated"});
}

}  // namespace
}  // namespace gracevae::impl
