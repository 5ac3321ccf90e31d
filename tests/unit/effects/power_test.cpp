#include "effects/power.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "support/expect_error.hpp"

namespace gracevae::impl {
namespace {

/// Normal values, variance 4, of `n` cells a condition; A moves both genes by 1, B none.
Screen pilot_screen(std::int64_t n_control, std::int64_t n) {
  Random random(2, "pilot");
  Screen screen;
  screen.source = "pilot";
  screen.genes = {"G0", "G1"};
  screen.x.n_cols = 2;
  const auto add = [&](const std::string& label, std::vector<std::string> targets, std::int64_t n_cells, double shift) {
    Regime regime{label, std::move(targets), {}};
    for (std::int64_t i = 0; i < n_cells; ++i) {
      regime.cells.push_back(screen.x.n_rows++);
      screen.regime_of_cell.push_back(static_cast<std::int32_t>(screen.regimes.size()));
      for (std::int32_t g = 0; g < 2; ++g) {
        screen.x.indices.push_back(g);
        screen.x.values.push_back(static_cast<float>(10 + shift + 2 * random.normal()));
      }
      screen.x.indptr.push_back(screen.x.n_nonzero());
    }
    screen.regimes.push_back(regime);
  };
  add("control", {}, n_control, 0);
  add("A", {"A"}, n, 1);
  add("B", {"B"}, n, 0);
  return screen;
}

TEST(PowerTest, PilotGivesVariancesAndSignalWithoutBias) {
  const PilotNoise pilot = pilot_noise(pilot_screen(4000, 400));
  EXPECT_NEAR(pilot.variance[0], 4, 0.25);
  EXPECT_EQ(pilot.conditions, (std::vector<std::string>{"A", "B"}));
  EXPECT_NEAR(pilot.signal[0], 2, 0.6);
  EXPECT_NEAR(pilot.signal[1], 0, 0.1);
}

TEST(PowerTest, CellsForAnEffectFindItAsOftenAsTheySay) {
  PowerOptions options;
  options.alpha = 0.05;
  options.power = 0.8;
  // z = 1.95996 + 0.84162; n = 4/(0.25/z² − 4/2000)
  const double expected = 4 / (0.25 / (2.801585 * 2.801585) - 4.0 / 2000);
  EXPECT_NEAR(cells_for_effect(0.5, 4, 2000, options), expected, 1e-3);
  EXPECT_TRUE(std::isinf(cells_for_effect(0.5, 4, 100, options))) << "control alone is noisier";
  Random random(1, "power");
  int found = 0;
  for (int i = 0; i < 4000; ++i) {
    const double error = std::sqrt(4 / expected + 4.0 / 2000);
    found += std::abs(0.5 + error * random.normal()) > 1.959964 * error;
  }
  EXPECT_NEAR(found / 4000.0, 0.8, 0.02);
}

TEST(PowerTest, CellsForACosineReachIt) {
  const double n = cells_for_cosine(2, 100, 0.9);
  EXPECT_NEAR(n * 2 / (n * 2 + 100), 0.81, 1e-12);
  EXPECT_TRUE(std::isinf(cells_for_cosine(-1, 100, 0.9)));
}

TEST(PowerTest, TablesHaveARowAQuantileAndARowACondition) {
  const PilotNoise pilot = pilot_noise(pilot_screen(300, 50));
  PowerOptions options;
  const Table power = power_table(pilot, options), cosine = cosine_table(pilot, options);
  EXPECT_EQ(power.columns.size(), 6U);
  EXPECT_EQ(power.rows.size(), 4U);
  EXPECT_EQ(power.rows[0][2], "never") << "an effect of .1 with 300 control cells";
  ASSERT_EQ(cosine.rows.size(), 2U);
  EXPECT_EQ(cosine.rows[0][0], "A");
  options.sizes = "1,none";
  test::expect_error<ConfigError>([&] { power_table(pilot, options); }, {"power.sizes", "'none'"});
}

TEST(PowerTest, TooFewCellsAreSaid) {
  test::expect_error<InputError>([&] { pilot_noise(pilot_screen(1, 50)); }, {"1 control cells"});
  test::expect_error<InputError>([&] { pilot_noise(pilot_screen(10, 1)); }, {"two cells or more"});
}

}  // namespace
}  // namespace gracevae::impl
