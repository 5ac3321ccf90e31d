#include "predict/measured_pairs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "simulate/simulate.hpp"
#include "stats/multiple_testing.hpp"
#include "stats/summary.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

/// Effects add up in the cells' own values: linear graph and mixing, no counts, nothing cut at 0.
SimulateOptions linear_screen(std::int64_t seed) {
  SimulateOptions options;
  options.n_latents = 7;
  options.n_genes = 60;
  options.genes_per_program = 15;
  options.n_control = 150;
  options.cells_per_single = 50;
  options.cells_per_double = 40;
  options.n_doubles = 21;
  options.mechanism = "linear";
  options.negative_values = true;
  options.noise = 0.5;
  options.seed = seed;
  return options;
}

class MeasuredPairsTest : public testing::Test {
 protected:
  Screen screen(const SimulateOptions& options) {
    const auto place = folder_.path() / std::to_string(n_++);
    simulate_screen(place, options);
    ScreenOptions read;
    read.file = (place / "screen.h5ad").string();
    return load_screen(read);
  }
  /// One in each pair of the screen.
  static std::vector<double> p_values(const Screen& screen) {
    const Split split = make_split(screen, {}, 1);
    MeasuredPairs pairs(screen, split);
    std::vector<double> p;
    for (const Regime& regime : screen.regimes)
      if (const auto pair = pairs.of(regime.targets)) p.push_back(pair->estimate->p);
    return p;
  }

 private:
  TemporaryFolder folder_;
  int n_ = 0;
};

/// Screens whose doubles all add up, and ones of the measured sizes of interactions.
TEST_F(MeasuredPairsTest, FalseDiscoveryRateIsKeptOnSimulatedScreens) {
  int with_call = 0, n_called = 0;
  std::vector<double> p;
  constexpr int kScreens = 14;
  for (int seed = 0; seed < kScreens; ++seed) {
    const std::vector<double> of_screen = p_values(screen(linear_screen(seed)));
    ASSERT_EQ(of_screen.size(), 21U);
    p.insert(p.end(), of_screen.begin(), of_screen.end());
    for (const double q : benjamini_hochberg(of_screen))
      if (q <= 0.1) {
        ++with_call;  // one false discovery is a false discovery proportion of 1
        break;
      }
  }
  EXPECT_LE(with_call, kScreens * 0.1 + 2 * std::sqrt(kScreens * 0.1 * 0.9));
  const auto n = static_cast<double>(p.size());
  EXPECT_LE(std::count_if(p.begin(), p.end(), [](double x) { return x < 0.1; }), n * 0.1 + 3 * std::sqrt(n * 0.09));
  EXPECT_GE(std::count_if(p.begin(), p.end(), [](double x) { return x < 0.1; }), n * 0.01);
  for (int seed = 0; seed < 3; ++seed) {
    SimulateOptions options = linear_screen(seed);
    options.double_scale = 0.72;
    options.double_spread = 0.3;
    for (const double q : benjamini_hochberg(p_values(screen(options)))) n_called += q <= 0.1 ? 1 : 0;
  }
  EXPECT_GT(n_called, 30) << "half of 63 pairs";
}

TEST_F(MeasuredPairsTest, CellsAreThoseThatTrainOrThoseOfTheTest) {
  SimulateOptions options = linear_screen(3);
  options.n_doubles = 2;
  const Screen data = screen(options);
  Split split;
  split.fold.assign(static_cast<std::size_t>(data.n_cells()), Fold::train);
  const Regime &first = data.regimes[data.regimes.size() - 2], &second = data.regimes.back();
  for (const std::int64_t cell : first.cells) split.fold[static_cast<std::size_t>(cell)] = Fold::test;
  for (std::size_t i = 0; i < 5; ++i) split.fold[static_cast<std::size_t>(second.cells[i])] = Fold::validation;
  MeasuredPairs pairs(data, split);
  const auto held_out = pairs.of(first.targets), trained = pairs.of(second.targets);
  ASSERT_TRUE(held_out && trained);
  EXPECT_FALSE(held_out->trained);
  EXPECT_EQ(held_out->n_ab, 40);
  EXPECT_TRUE(trained->trained);
  EXPECT_EQ(trained->n_ab, 35);
  EXPECT_EQ(trained->n_a, 50);
  ASSERT_TRUE(held_out->estimate);
  EXPECT_FALSE(pairs.of({first.targets[0]}));
  EXPECT_FALSE(pairs.of({"A", "B"})) << "no cells";
  // Norms by definition: ‖m − m₀‖² less the expected squared error of both means.
  const auto& single = data.regimes[static_cast<std::size_t>(data.find_regime({second.targets[0]}))];
  const MeanOfCells mean(data, single.cells), control(data, data.regimes.front().cells);
  double squared = 0;
  for (std::size_t g = 0; g < mean.mean.size(); ++g)
    squared += std::pow(mean.mean[g] - control.mean[g], 2) - mean.squared_error[g] - control.squared_error[g];
  EXPECT_NEAR(trained->estimate->numbers.norm_a.value, std::sqrt(squared), 1e-6);
}

TEST_F(MeasuredPairsTest, FewCellsAreNotTested) {
  SimulateOptions options = linear_screen(4);
  options.n_doubles = 1;
  options.cells_per_double = 9;
  Screen data = screen(options);
  Split split;
  split.fold.assign(static_cast<std::size_t>(data.n_cells()), Fold::train);
  const auto pair = MeasuredPairs(data, split).of(data.regimes.back().targets);
  ASSERT_TRUE(pair);
  EXPECT_FALSE(pair->estimate);
  EXPECT_EQ(pair->n_ab, 9);
  EXPECT_EQ(pair->why, data.regimes.back().label + " has 9 cells, fewer than 10");
  data.covariates.strata = {{"batch=1"}, {"batch=2"}};
  EXPECT_THAT(MeasuredPairs(data, split).of(data.regimes.back().targets)->why, testing::HasSubstr("strata"));
}

}  // namespace
}  // namespace gracevae::impl
