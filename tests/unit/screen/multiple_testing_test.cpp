#include "screen/multiple_testing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/screen/python_reference.hpp"

namespace gracevae::impl {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(StudentTwoSided, OneAndTwoDegreesInClosedForm) {
  for (const double t : {1e-8, 0.3, 0.999, 1.0, 1.001, 12.0, 1e5}) {
    const double cauchy = t < 1 ? 1 - 2 / M_PI * std::atan(t) : 2 / M_PI * std::atan(1 / t);
    EXPECT_NEAR(student_two_sided(t, 1) / cauchy, 1, 1e-12) << t;
    EXPECT_EQ(student_two_sided(-t, 1), student_two_sided(t, 1));
    const double root = std::sqrt(t * t + 2);
    EXPECT_NEAR(student_two_sided(t, 2) / (2 / (root * (root + t))), 1, 1e-12) << t;
  }
  EXPECT_EQ(student_two_sided(0, 5), 1);
  EXPECT_EQ(student_two_sided(-kInfinity, 5), 0);
  EXPECT_TRUE(std::isnan(student_two_sided(std::nan(""), 5)));
}

TEST(StudentTwoSided, MatchesSciPyOverAllMagnitudes) {
  if (test::reference_tables().empty()) GTEST_SKIP() << test::no_reference();
  const Table table = read_tsv(test::reference_tables() / "student.tsv");
  const auto t = test::numbers_of(table, "t"), degrees = test::numbers_of(table, "degrees");
  std::vector<double> p;
  for (std::size_t i = 0; i < t.size(); ++i) p.push_back(student_two_sided(t[i], degrees[i]));
  std::vector<double> expected = test::numbers_of(table, "p");
  for (std::size_t i = 0; i < p.size(); ++i)
    if (expected[i] < 1e-300) p[i] = expected[i] = 0;
  test::expect_close(p, expected, "p", 1e-9);
}

TEST(NormalTwoSided, KnownValues) {
  EXPECT_EQ(normal_two_sided(0), 1);
  EXPECT_NEAR(normal_two_sided(1.959963984540054), 0.05, 1e-15);
  EXPECT_NEAR(normal_two_sided(-37) / 1.1451142445e-299, 1, 1e-9);
}

TEST(BenjaminiHochberg, ByHand) {
  // n = 5: 0.01·5/1, 0.02·5/2, 0.03·5/3, 0.2·5/4, 0.9·5/5; the first three share 0.05.
  const std::vector<double> p{0.2, 0.01, 0.9, 0.03, 0.02};
  const std::vector<double> expected{0.25, 0.05, 0.9, 0.05, 0.05};
  const auto adjusted = benjamini_hochberg(p);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_DOUBLE_EQ(adjusted[i], expected[i]);
  EXPECT_EQ(benjamini_hochberg(std::vector<double>{1, 1, 1}), (std::vector<double>{1, 1, 1}));
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

}  // namespace
}  // namespace gracevae::impl
