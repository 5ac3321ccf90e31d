#include "stats/count_variance.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

struct Moments {
  double mean = 0, variance = 0;
};

/// Of log1p(f·K), K Poisson with this mean, summed term by term.
Moments exact(double expected, double f) {
  double p = std::exp(-expected), mean = 0, square = 0;
  for (int k = 0; k < 400; ++k) {
    if (k > 0) p *= expected / k;
    const double value = std::log1p(f * k);
    mean += p * value;
    square += p * value * value;
  }
  return {mean, square - mean * mean};
}

TEST(CountVariance, IsThatOfPoissonCounts) {
  for (const double f : {0.1, 0.3, 1.0, 3.0, 10.0}) {
    const CountVariance variance(std::log1p(f));
    for (const double expected : {0.013, 0.11, 0.37, 1.3, 3.1, 11.0, 31.0}) {
      const Moments truth = exact(expected, f);
      EXPECT_NEAR(variance.at(truth.mean), truth.variance, 0.01 * truth.variance) << expected << " counts, f " << f;
    }
  }
}

TEST(CountVariance, IsZeroWithoutCounts) {
  EXPECT_EQ(CountVariance(0.7).at(0), 0);
  EXPECT_EQ(CountVariance(0.7).at(-0.5), 0);
  EXPECT_EQ(CountVariance(0).at(1), 0);
}

TEST(CountVariance, OneCountIsTheTypicalSmallestValue) {
  CsrMatrix<float> x;
  x.n_cols = 3;
  const auto add = [&](std::initializer_list<std::pair<int, float>> row) {
    for (const auto& [column, value] : row) {
      x.indices.push_back(column);
      x.values.push_back(value);
    }
    x.indptr.push_back(static_cast<std::int64_t>(x.values.size()));
    ++x.n_rows;
  };
  add({{0, 0.7F}, {1, 1.1F}});
  add({{2, 0.5F}});
  add({});
  add({{0, 2.0F}, {1, 0.0F}, {2, 0.9F}});
  EXPECT_FLOAT_EQ(static_cast<float>(one_count_log1p(CsrView<float>(x))), 0.7F);
  x.values[0] = -1;
  EXPECT_EQ(one_count_log1p(CsrView<float>(x)), 0);
}

}  // namespace
}  // namespace gracevae::impl
