#include "stats/distributions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/python_reference.hpp"

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

TEST(StudentQuantile, TablesAndBack) {
  EXPECT_NEAR(student_quantile(0.05, 1), 12.706204736174705, 1e-9);
  EXPECT_NEAR(student_quantile(0.05, 4), 2.7764451051977996, 1e-9);
  for (const double p : {1e-9, 0.01, 0.5, 0.99})
    EXPECT_NEAR(student_two_sided(student_quantile(p, 3.7), 3.7) / p, 1, 1e-12) << p;
}

TEST(Hypergeometric, CountsOfASmallUrn) {
  // 5 of 10 are marked, 4 are drawn: C(5,i)·C(5,4−i) = 5, 50, 100, 50, 5 of 210.
  EXPECT_DOUBLE_EQ(hypergeometric_tail(0, 10, 5, 4), 1);
  EXPECT_NEAR(hypergeometric_tail(1, 10, 5, 4), 205.0 / 210, 1e-12);
  EXPECT_NEAR(hypergeometric_tail(3, 10, 5, 4), 55.0 / 210, 1e-12);
  EXPECT_NEAR(hypergeometric_tail(4, 10, 5, 4), 5.0 / 210, 1e-12);
  EXPECT_EQ(hypergeometric_tail(5, 10, 5, 4), 0);
  EXPECT_DOUBLE_EQ(hypergeometric_tail(2, 10, 8, 4), 1) << "at least two must be marked";
  double all = 1;
  for (int i = 0; i < 10; ++i) all *= (10.0 - i) / (20000.0 - i);
  EXPECT_NEAR(hypergeometric_tail(10, 20000, 10, 10) / all, 1, 1e-9);
}

TEST(NormalTwoSided, KnownValues) {
  EXPECT_EQ(normal_two_sided(0), 1);
  EXPECT_NEAR(normal_two_sided(1.959963984540054), 0.05, 1e-15);
  EXPECT_NEAR(normal_two_sided(-37) / 1.1451142445e-299, 1, 1e-9);
}

}  // namespace
}  // namespace gracevae::impl
