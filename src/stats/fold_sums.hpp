#pragma once
/// @file Sums of groups of rows in folds: unbiased sizes of differences between means, and their jackknife.
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "stats/measured.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

inline constexpr int kFolds = 10;

/// A mean over rows and what it is worth.
struct FoldMean {
  double n = 0;
  std::vector<double> mean;      ///< [n_columns]
  std::vector<double> variance;  ///< [n_columns], divisor n − 1
  double noise = 0;              ///< Σ over columns of variance / n: the expected squared error of the mean
};

/// Σx and Σx² of every column by fold; 160 bytes a column. Values need be finite.
class FoldSums {
 public:
  explicit FoldSums(std::int64_t n_columns) : sums_(kFolds, n_columns), squares_(kFolds, n_columns) {}

  void add(int fold, std::span<const std::int32_t> columns, std::span<const float> values);
  FoldSums& operator+=(const FoldSums& other);
  FoldSums& operator-=(const FoldSums& other);
  double n_rows() const;
  /// Of all rows but those of one fold; kFolds = of all. At least two rows must be left.
  FoldMean without(int fold) const;

 private:
  std::array<double, kFolds> n_{};
  Matrix<double> sums_, squares_;  ///< [kFolds, n_columns]
};

/// Folds of n rows, sizes differing by one at most, dealt from fold `first` on.
std::vector<std::int8_t> drawn_folds(std::int64_t n, Random random, int first = 0);

/// (a − c)·(b − c) without the bias that the error of the common mean c brings, a and b of different rows.
double cross_product(const FoldMean& a, const FoldMean& b, const FoldMean& c);
/// ‖a − c‖² − noise of a and c: unbiased for the squared distance of the true means, so below 0 half of the time where
/// there is none.
double squared_distance(const FoldMean& a, const FoldMean& c);

/// Delete-a-group jackknife: `statistic(fold)` without each fold, and without none (kFolds), which is the value. Its
/// error is √((K−1)/K · Σ(θ₋ₖ − θ̄)²). NaN where one of them is.
/// @test tests/unit/stats/fold_sums_test.cpp
Measured jackknife(const std::function<double(int fold)>& statistic);

}  // namespace gracevae::impl
