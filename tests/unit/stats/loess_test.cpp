#include "stats/loess.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "support/expect_error.hpp"
#include "support/python_reference.hpp"

namespace gracevae::impl {
namespace {

TEST(Loess, GivesBackAParabola) {
  std::vector<double> x, y;
  for (int i = 0; i < 60; ++i) {
    x.push_back(std::fmod(i * 0.37, 5.0));
    y.push_back(2 - 3 * x.back() + 0.5 * x.back() * x.back());
  }
  // Value and slope at the vertices are exact, and the cubic through them is the parabola.
  for (const bool direct : {false, true}) {
    const auto fitted = loess(x, y, {.direct = direct});
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(fitted[i], y[i], 1e-10) << direct;
  }
}

TEST(Loess, DirectFitByHand) {
  // Four neighbours of x = 0 on both sides at distance 1 and 2; those at 2 weigh nothing, three points fix the
  // parabola.
  const std::vector<double> x{-2, -1, 0, 1, 2}, y{9, 5, 1, 3, 9};
  EXPECT_NEAR(loess(x, y, {.span = 1, .direct = true})[2], 1, 1e-12);
}

TEST(Loess, MatchesThePythonRoute) {
  if (test::reference_tables().empty()) GTEST_SKIP() << test::no_reference();
  for (const std::string name : {"smooth", "ties", "few", "heavy"}) {
    const Table table = read_tsv(test::reference_tables() / ("loess_" + name + ".tsv"));
    const auto x = test::numbers_of(table, "x"), y = test::numbers_of(table, "y");
    test::expect_close(loess(x, y), test::numbers_of(table, "fitted"), name, 1e-9);
    test::expect_close(loess(x, y, {.direct = true}), test::numbers_of(table, "direct"), name + "_direct", 1e-9);
  }
}

TEST(Loess, InterpolationIsNotTheDirectFit) {
  if (test::reference_tables().empty()) GTEST_SKIP() << test::no_reference();
  const Table table = read_tsv(test::reference_tables() / "loess_smooth.tsv");
  const auto fitted = test::numbers_of(table, "fitted"), direct = test::numbers_of(table, "direct");
  double largest = 0;
  for (std::size_t i = 0; i < fitted.size(); ++i) largest = std::max(largest, std::abs(fitted[i] - direct[i]));
  EXPECT_GT(largest, 1e-3);
}

TEST(Loess, RefusesTooFewPointsAndNoWidth) {
  const std::vector<double> ten(10, 1.0);
  test::expect_error<InputError>([&] { loess(ten, ten); }, {"10 points with span 0.3 leave 3", "at least 4"});
  std::vector<double> x(100, 1.0), y(100, 2.0);
  for (std::size_t i = 0; i < 30; ++i) x[i] = static_cast<double>(i);
  test::expect_error<InputError>([&] { loess(x, y, {.direct = true}); }, {"the same x"});
  test::expect_error<InputError>([&] { loess(std::vector<double>(100, 1.0), y); }, {"of 100 have the same x"});
}

}  // namespace
}  // namespace gracevae::impl
