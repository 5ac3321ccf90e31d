#include "kernels/mmd.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>

#include "base/random.hpp"
#include "kernels/common_rows_mmd.hpp"
#include "support/every_instruction_set.hpp"
#include "support/golden_files.hpp"

namespace gracevae::impl::kernels {
namespace {

template <class T>
Matrix<T> random_rows(std::int64_t n, std::int64_t p, std::string_view name, double scale = 1) {
  Matrix<T> rows(n, p);
  Random(7, name).fill_normal(std::span<T>(rows.values), scale);
  return rows;
}

template <class T>
MatrixView<const T> seen(const Matrix<T>& matrix) {
  return matrix.view();
}

/// The definition, word for word: a triple loop and ten calls of exp.
template <class T>
double naive_mmd2(const Matrix<T>& a, const Matrix<T>& b, const MmdOptions& options) {
  const auto kernel = [&](const Matrix<T>& x, std::int64_t i, const Matrix<T>& y, std::int64_t j) {
    double distance = 0, sum = 0;
    for (std::int64_t g = 0; g < x.n_cols; ++g) {
      const double gap = static_cast<double>(x(i, g)) - static_cast<double>(y(j, g));
      distance += gap * gap;
    }
    for (int k = 0; k < options.n_kernels; ++k)
      sum += std::exp(-distance / (options.sigma * std::pow(2.0, k - options.n_kernels / 2)));
    return sum;
  };
  const auto mean = [&](const Matrix<T>& x, const Matrix<T>& y, bool same) {
    double sum = 0, count = 0;
    for (std::int64_t i = 0; i < x.n_rows; ++i)
      for (std::int64_t j = 0; j < y.n_rows; ++j) {
        if (same && options.unbiased && i == j) continue;
        sum += kernel(x, i, y, j);
        ++count;
      }
    return sum / count;
  };
  return mean(a, a, true) + mean(b, b, true) - 2 * mean(a, b, false);
}

class Mmd : public EveryInstructionSet {};
WITH_EVERY_INSTRUCTION_SET(Mmd);

TEST_P(Mmd, OnePairByHand) {
  // One row each, squared distance 4, one kernel of width 1·2^0: 1 + 1 − 2·exp(−4).
  const Matrix<double> a(1, 2, 0), b(1, 2, std::sqrt(2.0));
  EXPECT_NEAR(mmd2(seen(a), seen(b), {1, 1, false}), 2 - 2 * std::exp(-4.0), 1e-15);
  // Two kernels of widths 1·2^−1 and 1·2^0.
  EXPECT_NEAR(mmd2(seen(a), seen(b), {1, 2, false}), 4 - 2 * (std::exp(-8.0) + std::exp(-4.0)), 1e-15);
}

TEST_P(Mmd, EqualsTheNaiveSum) {
  for (const auto& [n, m, p] : {std::tuple{1, 1, 1}, {3, 5, 4}, {16, 16, 7}, {17, 33, 20}, {40, 9, 600}})
    for (const double sigma : {0.5, 100.0, 1000.0})
      for (const int n_kernels : {1, 5, 10})
        for (const bool unbiased : {false, true}) {
          if (unbiased && n < 2) continue;
          const auto a = random_rows<double>(n, p, "a"), b = random_rows<double>(m, p, "b", 1.5);
          const MmdOptions options{sigma, n_kernels, unbiased};
          EXPECT_NEAR(mmd2(seen(a), seen(b), options), naive_mmd2(a, b, options), 1e-11)
              << n << " " << m << " " << p << " " << sigma;
          const auto c = random_rows<float>(n, p, "a"), d = random_rows<float>(m, p, "b", 1.5);
          EXPECT_NEAR(mmd2(seen(c), seen(d), options), naive_mmd2(c, d, options), 3e-5)
              << n << " " << m << " " << p << " " << sigma;
        }
}

TEST_P(Mmd, BothEstimatesAtOnce) {
  const auto a = random_rows<double>(6, 10, "a"), b = random_rows<double>(9, 10, "b");
  const MmdEstimates both = mmd2_estimates(seen(a), seen(b), {10, 10, false});
  EXPECT_EQ(both.biased, mmd2(seen(a), seen(b), {10, 10, false}));
  EXPECT_EQ(both.unbiased, mmd2(seen(a), seen(b), {10, 10, true}));
  const auto one = random_rows<double>(1, 10, "one");
  EXPECT_TRUE(std::isnan(mmd2_estimates(seen(one), seen(b), {}).unbiased));
  EXPECT_TRUE(std::isfinite(mmd2_estimates(seen(one), seen(b), {}).biased));
}

/// Rows of which a share of the values is drawn, the others being `common` of their column.
Matrix<float> rows_with_zeros(std::int64_t n, std::int64_t p, std::string_view name, double share) {
  auto rows = random_rows<float>(n, p, name);
  Random random(8, name);
  for (float& value : rows.values)
    if (random.uniform() >= share) value = 0;
  return rows;
}

/// More rows than a tile and more columns than a piece; a tile of few values beside one of many.
TEST_P(Mmd, OfRowsWithMuchInCommon) {
  for (const auto& [n, m, p] : {std::tuple{1, 2, 3}, {70, 65, 300}, {9, 150, 129}})
    for (const double share : {0.02, 0.1, 0.9}) {
      Matrix<float> a = rows_with_zeros(n, p, "a", share);
      const Matrix<float> b = rows_with_zeros(m, p, "b", 0.1);
      CommonRows of_a = common_rows(seen(a));
      const CommonRows of_b = common_rows(seen(b));
      const auto expect_same = [&] {
        Matrix<double> dense_a(n, p), dense_b(m, p);
        std::copy(a.values.begin(), a.values.end(), dense_a.values.begin());
        std::copy(b.values.begin(), b.values.end(), dense_b.values.begin());
        const MmdEstimates expected = mmd2_estimates(seen(dense_a), seen(dense_b), {.sigma = 100}),
                           value = mmd2_estimates(of_a, of_b, {.sigma = 100}),
                           other = mmd2_estimates(of_b, of_a, {.sigma = 100});
        EXPECT_NEAR(value.biased, expected.biased, 1e-12) << n << " " << share;
        EXPECT_NEAR(other.biased, expected.biased, 1e-12) << n << " " << share;
        if (n > 1) {
          EXPECT_NEAR(value.unbiased, expected.unbiased, 1e-12) << n << " " << share;
        }
      };
      expect_same();
      // The same with .5 in common in every other column.
      for (std::int64_t j = 0; j < p; j += 2) of_a.common[static_cast<std::size_t>(j)] = 0.5F;
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < p; j += 2)
          if (a(i, j) == 0) a(i, j) = 0.5F;
      expect_same();
    }
}

TEST_P(Mmd, SameBitsOfCommonRowsForEveryThreadCount) {
  const int threads = omp_get_max_threads();
  const Matrix<float> a = rows_with_zeros(150, 400, "a", 0.1), b = rows_with_zeros(170, 400, "b", 0.5);
  const CommonRows of_a = common_rows(seen(a)), of_b = common_rows(seen(b));
  omp_set_num_threads(1);
  const double value = mmd2_estimates(of_a, of_b, {}).unbiased;
  for (const int n : {2, 3, 5}) {
    omp_set_num_threads(n);
    EXPECT_EQ(value, mmd2_estimates(of_a, of_b, {}).unbiased) << n << " threads";
  }
  omp_set_num_threads(threads);
}

TEST_P(Mmd, IsSymmetricAndZeroOnItself) {
  const auto a = random_rows<double>(20, 30, "a"), b = random_rows<double>(13, 30, "b", 2);
  EXPECT_NEAR(mmd2(seen(a), seen(b), {}), mmd2(seen(b), seen(a), {}), 1e-13);
  EXPECT_NEAR(mmd2(seen(a), seen(a), {}), 0, 1e-12);
  EXPECT_GT(mmd2(seen(a), seen(b), {}), 1e-3);
}

TEST_P(Mmd, SquaredDistances) {
  const auto a = random_rows<double>(19, 23, "a"), b = random_rows<double>(21, 23, "b");
  const Matrix<double> distances = squared_distances(seen(a), seen(b));
  ASSERT_EQ(distances.n_rows, 40);
  ASSERT_EQ(distances.n_cols, 40);
  const auto row = [&](std::int64_t i) { return i < 19 ? a.row(i) : b.row(i - 19); };
  for (std::int64_t i = 0; i < 40; ++i)
    for (std::int64_t j = 0; j < 40; ++j) {
      double expected = 0;
      for (std::size_t g = 0; g < 23; ++g) expected += std::pow(row(i)[g] - row(j)[g], 2);
      EXPECT_NEAR(distances(i, j), expected, 1e-12);
      EXPECT_EQ(distances(i, j), distances(j, i));
      EXPECT_GE(distances(i, j), 0);
      if (i == j) {
        EXPECT_EQ(distances(i, j), 0);
      }
    }
  EXPECT_EQ(squared_distances(seen(a), MatrixView<const double>{nullptr, 0, 23}).n_rows, 19);
}

TEST_P(Mmd, EqualRowsFarFromTheOriginAreNeverAtNegativeDistance) {
  Matrix<float> a = random_rows<float>(30, 50, "a", 1e-3);
  for (float& value : a.values) value += 1000.3F;  // rounding of the Gram matrix is far above the true distances
  const Matrix<float> distances = squared_distances(seen(a), seen(a));
  for (const float distance : distances.values) EXPECT_GE(distance, 0);
}

TEST_P(Mmd, GradientAgainstFiniteDifferences) {
  for (const bool unbiased : {false, true}) {
    const MmdOptions options{8, 10, unbiased};
    auto a = random_rows<double>(7, 6, "a");
    const auto b = random_rows<double>(5, 6, "b", 1.3);
    Matrix<double> gradient(7, 6, 99);
    mmd2(seen(a), seen(b), options, gradient.values.data());
    double largest = 0;
    for (std::size_t k = 0; k < a.values.size(); ++k) {
      const double at = a.values[k], step = 1e-5;
      a.values[k] = at + step;
      const double above = naive_mmd2(a, b, options);
      a.values[k] = at - step;
      const double below = naive_mmd2(a, b, options);
      a.values[k] = at;
      EXPECT_NEAR(gradient.values[k], (above - below) / (2 * step), 1e-8);
      largest = std::max(largest, std::abs(gradient.values[k]));
    }
    EXPECT_GT(largest, 1e-2);
  }
}

TEST_P(Mmd, GradientInSinglePrecisionFollowsDouble) {
  const auto a = random_rows<double>(33, 700, "a"), b = random_rows<double>(20, 700, "b", 1.2);
  Matrix<float> a_float(33, 700), b_float(20, 700), gradient_float(33, 700);
  std::copy(a.values.begin(), a.values.end(), a_float.values.begin());
  std::copy(b.values.begin(), b.values.end(), b_float.values.begin());
  Matrix<double> gradient(33, 700);
  mmd2(seen(a), seen(b), {}, gradient.values.data());
  mmd2(seen(a_float), seen(b_float), {}, gradient_float.values.data());
  double worst = 0, largest = 0;
  for (std::size_t k = 0; k < gradient.values.size(); ++k) {
    worst = std::max(worst, std::abs(gradient.values[k] - static_cast<double>(gradient_float.values[k])));
    largest = std::max(largest, std::abs(gradient.values[k]));
  }
  EXPECT_LT(worst, 2e-5 * largest);
}

TEST_P(Mmd, SameBitsForEveryThreadCount) {
  const int threads = omp_get_max_threads();
  const auto a = random_rows<float>(50, 1300, "a"), b = random_rows<float>(61, 1300, "b");
  Matrix<float> first(50, 1300), other(50, 1300);
  omp_set_num_threads(1);
  const double value = mmd2(seen(a), seen(b), {}, first.values.data());
  for (const int n : {2, 3, 5}) {
    omp_set_num_threads(n);
    EXPECT_EQ(value, mmd2(seen(a), seen(b), {}, other.values.data())) << n << " threads";
    EXPECT_EQ(first.values, other.values) << n << " threads";
  }
  omp_set_num_threads(threads);
}

TEST_P(Mmd, NotANumberIsNotHidden) {
  auto a = random_rows<float>(4, 5, "a"), b = random_rows<float>(4, 5, "b");
  a(2, 3) = std::nanf("");
  EXPECT_TRUE(std::isnan(mmd2(seen(a), seen(b), {})));
  a(2, 3) = INFINITY;
  EXPECT_TRUE(std::isnan(mmd2(seen(a), seen(b), {})));
}

// ---- the published values
// -------------------------------------------------------------------------------------------------------

Matrix<double> matrix_of(const nlohmann::json& rows, const std::vector<std::int64_t>& columns = {}) {
  const auto n_cols = static_cast<std::int64_t>(columns.empty() ? rows[0].size() : columns.size());
  Matrix<double> matrix(static_cast<std::int64_t>(rows.size()), n_cols);
  for (std::int64_t i = 0; i < matrix.n_rows; ++i)
    for (std::int64_t j = 0; j < n_cols; ++j) {
      const auto column = static_cast<std::size_t>(columns.empty() ? j : columns[static_cast<std::size_t>(j)]);
      matrix(i, j) = rows[static_cast<std::size_t>(i)][column].get<double>();
    }
  return matrix;
}

void expect_relative(double value, double expected, const std::string& name) {
  EXPECT_NEAR(value, expected, 1e-12 * std::abs(expected)) << name;
}

class MmdGolden : public EveryInstructionSet {};
WITH_EVERY_INSTRUCTION_SET(MmdGolden);

TEST_P(MmdGolden, PublishedValuesAtOtherBandwidths) {
  for (const auto& [file, golden] : golden_files()) {
    const auto& extras = golden.at("extras");
    const auto columns = extras.at("de_columns").get<std::vector<std::int64_t>>();
    for (const double sigma : {1000.0, 100.0, 1.0}) {
      const std::string name = "sigma" + std::to_string(static_cast<int>(sigma)) + "_k10";
      const auto value = [&](const std::vector<std::int64_t>& chosen) {
        const auto predicted = matrix_of(extras.at("pred"), chosen), observed = matrix_of(extras.at("gt"), chosen);
        return mmd2(seen(predicted), seen(observed), {sigma, 10, false});
      };
      expect_relative(value({}), extras.at("mmd").at(name), file + " " + name);
      if (extras.at("mmd").contains(name + "_de"))
        expect_relative(value(columns), extras.at("mmd").at(name + "_de"), file + " " + name + "_de");
    }
  }
}

TEST_P(MmdGolden, LossTermOfEveryCase) {
  for (const auto& [file, golden] : golden_files()) {
    const auto observed = matrix_of(golden.at("inputs").at("y"));
    for (const auto& [name, golden_case] : golden.at("cases").items()) {
      const auto predicted = matrix_of(golden_case.at("intermediates").at("y_hat"));
      const auto given = golden_case.value("objective", nlohmann::json::object());
      const MmdOptions options{.sigma = given.value("sigma", 1000.0), .unbiased = given.value("unbiased", false)};
      expect_relative(mmd2(seen(predicted), seen(observed), options), golden_case.at("losses").at("MMD"),
                      file + " " + name);
    }
  }
}

}  // namespace
}  // namespace gracevae::impl::kernels
