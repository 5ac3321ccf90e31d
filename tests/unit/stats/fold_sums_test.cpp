#include "stats/fold_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/sparse_of.hpp"

namespace gracevae::impl {
namespace {

FoldSums sums_of(const std::vector<std::vector<float>>& rows) {
  const CsrMatrix<float> x = test::sparse_of(rows);
  FoldSums sums(x.n_cols);
  for (std::int64_t i = 0; i < x.n_rows; ++i) sums.add(static_cast<int>(i % kFolds), x.row_indices(i), x.row_values(i));
  return sums;
}

TEST(FoldSums, MeansAndVariancesByHand) {
  const FoldSums sums = sums_of({{1, 0}, {3, 0}, {5, 6}});
  const FoldMean all = sums.without(kFolds);
  EXPECT_EQ(all.n, 3);
  EXPECT_DOUBLE_EQ(all.mean[0], 3);
  EXPECT_DOUBLE_EQ(all.mean[1], 2);
  EXPECT_DOUBLE_EQ(all.variance[0], 4);
  EXPECT_DOUBLE_EQ(all.variance[1], 12);
  EXPECT_DOUBLE_EQ(all.noise, 16.0 / 3);
  const FoldMean rest = sums.without(1);
  EXPECT_EQ(rest.n, 2);
  EXPECT_DOUBLE_EQ(rest.mean[0], 3);
  EXPECT_DOUBLE_EQ(rest.mean[1], 3);
  EXPECT_DOUBLE_EQ(rest.variance[1], 18);
}

TEST(FoldSums, PartsAddUpAndComeApart) {
  FoldSums a = sums_of({{1, 0}, {3, 0}, {5, 6}});
  const FoldSums b = sums_of({{2, 2}, {4, 1}});
  a += b;
  EXPECT_EQ(a.n_rows(), 5);
  EXPECT_DOUBLE_EQ(a.without(kFolds).mean[0], 3);
  a -= b;
  EXPECT_DOUBLE_EQ(a.without(kFolds).variance[1], 12);
}

TEST(FoldSums, SquaredDistanceIsLessTheNoiseOfBothMeans) {
  const FoldMean a{4, {3, 1}, {2, 2}, 1.0}, b{4, {0, 4}, {2, 2}, 1.0}, c{8, {1, 1}, {2, 2}, 0.5};
  EXPECT_DOUBLE_EQ(squared_distance(a, c), 4 - 1.0 - 0.5);
  EXPECT_DOUBLE_EQ(cross_product(a, b, c), 2 * -1 + 0 * 3 - 0.5) << "the noise of the common mean alone";
}

/// Means of draws without any difference: the squared distance is 0 on average.
TEST(FoldSums, SquaredDistanceOfEqualGroupsIsZeroOnAverage) {
  Random random(1, "fold sums test");
  double sum = 0, sum2 = 0;
  constexpr int kDraws = 400;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<std::vector<float>> rows(30, std::vector<float>(5));
    for (auto& row : rows)
      for (float& value : row) value = static_cast<float>(random.normal());
    const double distance = squared_distance(sums_of({rows.begin(), rows.begin() + 12}).without(kFolds),
                                             sums_of({rows.begin() + 12, rows.end()}).without(kFolds));
    sum += distance;
    sum2 += distance * distance;
  }
  const double mean = sum / kDraws, error = std::sqrt((sum2 / kDraws - mean * mean) / kDraws);
  EXPECT_LT(std::abs(mean), 3 * error);
  EXPECT_LT(error, 0.03) << "5/12 + 5/18 would be seen";
}

/// The jackknife of a mean of one value a fold is its standard error, s/√n.
TEST(FoldSums, JackknifeOfAMean) {
  const std::vector<double> values = {1, 4, 2, 8, 5, 7, 3, 3, 9, 6};
  const auto mean_without = [&](int fold) {
    double sum = 0;
    for (int k = 0; k < kFolds; ++k) sum += k == fold ? 0 : values[static_cast<std::size_t>(k)];
    return sum / (fold == kFolds ? kFolds : kFolds - 1);
  };
  const Measured mean = jackknife(mean_without);
  EXPECT_DOUBLE_EQ(mean.value, 4.8);
  double squares = 0;
  for (const double value : values) squares += (value - 4.8) * (value - 4.8);
  EXPECT_NEAR(mean.error, std::sqrt(squares / 9 / 10), 1e-12);
}

TEST(FoldSums, FoldsDifferByOneRowAndGoOnWhereThePartBeforeEnded) {
  const auto folds = drawn_folds(13, Random(1, "folds"), 5);
  std::vector<int> counts(kFolds, 0);
  for (const std::int8_t fold : folds) ++counts[static_cast<std::size_t>(fold)];
  for (int k = 0; k < kFolds; ++k) EXPECT_EQ(counts[static_cast<std::size_t>(k)], k >= 5 && k < 8 ? 2 : 1) << k;
  EXPECT_NE(folds, drawn_folds(13, Random(2, "folds"), 5));
}

}  // namespace
}  // namespace gracevae::impl
