#include "screen/effect_errors.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

/// Genes: one that both groups have, one that only control has, one that nobody has. One count is log1p(1).
struct Small {
  Screen screen;
  Split split;

  Small() {
    const double one = std::log(2.0), three = std::log(4.0);
    screen.genes = {"G0", "G1", "G2"};
    add_regime("control", {}, {{one, one, 0}, {0, 0, 0}, {three, one, 0}, {one, 0, 0}});
    add_regime("A", {"A"}, {{one, 0, 0}, {three, 0, 0}, {0, 0, 0}});
    add_regime("B", {"B"}, {{one, 0, 0}});
    add_regime("C", {"C"}, {{one, one, 0}});
    split.fold.assign(screen.regime_of_cell.size(), Fold::train);
    split.fold[6] = Fold::test;  // A's third cell
    split.fold[8] = Fold::test;  // C's only one
    screen.x.n_cols = 3;
  }
  void add_regime(const std::string& label, std::vector<std::string> targets,
                  const std::vector<std::vector<double>>& cells) {
    Regime regime{label, std::move(targets), {}};
    for (const auto& cell : cells) {
      regime.cells.push_back(screen.x.n_rows);
      screen.regime_of_cell.push_back(static_cast<std::int32_t>(screen.regimes.size()));
      for (std::int32_t g = 0; g < 3; ++g)
        if (cell[static_cast<std::size_t>(g)] > 0) {
          screen.x.indices.push_back(g);
          screen.x.values.push_back(static_cast<float>(cell[static_cast<std::size_t>(g)]));
        }
      screen.x.indptr.push_back(screen.x.n_nonzero());
      ++screen.x.n_rows;
    }
    screen.regimes.push_back(std::move(regime));
  }
};

/// With l = log 2, G0 has (l, 0, 2l, l) in control and (l, 2l) in A's training cells: variances 2l²/3 and l²/2, means l
/// and 3l/2. Counting alone gives a mean of 7l/6 a variance of its own, which may be larger.
TEST(EffectErrors, OfALabel) {
  const Small small;
  EffectErrors errors(small.screen, small.split);
  const double l = std::log(2.0);
  const CountVariance counting(l);
  const std::vector<double> found = errors.of({"A"});
  const double least = counting.at(7 * l / 6);
  EXPECT_NEAR(found[0], std::sqrt(std::max(l * l / 2, least) / 2 + std::max(2 * l * l / 3, least) / 4), 1e-7);
  // G1: none in A, (l, l, 0, 0) in control: the pooled mean of six cells is l/3.
  EXPECT_NEAR(found[1], std::sqrt(counting.at(l / 3) / 2 + std::max(l * l / 3, counting.at(l / 3)) / 4), 1e-7);
  EXPECT_GT(counting.at(l / 3), 0) << "a gene without a count is not known exactly";
  EXPECT_TRUE(std::isnan(found[2])) << "nobody has it";
}

TEST(EffectErrors, OneCellBorrowsTheVarianceOfControl) {
  const Small small;
  EffectErrors errors(small.screen, small.split);
  const double l = std::log(2.0), variance = std::max(2 * l * l / 3, CountVariance(l).at(l));
  EXPECT_NEAR(errors.of({"B"})[0], std::sqrt(variance * (1 + 0.25)), 1e-7);
}

TEST(EffectErrors, OfSeveralTargets) {
  const Small small;
  EffectErrors errors(small.screen, small.split);
  const std::vector<double> a = errors.of({"A"}), b = errors.of({"B"}), both = errors.of({"A", "B"});
  for (const std::size_t g : {0U, 1U}) EXPECT_NEAR(both[g], std::hypot(a[g], b[g]), 1e-12);
  for (const std::vector<std::string>& targets :
       std::vector<std::vector<std::string>>{{"C"}, {"A", "C"}, {"NOTHING"}, {}})
    EXPECT_TRUE(std::isnan(errors.of(targets)[0])) << "no cells that trained";
  EXPECT_EQ(n_training_cells(small.screen, small.split, "A"), 2);
  EXPECT_EQ(n_training_cells(small.screen, small.split, "C"), 0);
}

}  // namespace
}  // namespace gracevae::impl
