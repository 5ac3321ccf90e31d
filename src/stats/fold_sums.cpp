#include "stats/fold_sums.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

void FoldSums::add(int fold, std::span<const std::int32_t> columns, std::span<const float> values) {
  n_[static_cast<std::size_t>(fold)] += 1;
  double* const sums = sums_.row(fold).data();
  double* const squares = squares_.row(fold).data();
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const auto value = static_cast<double>(values[k]);
    sums[columns[k]] += value;
    squares[columns[k]] += value * value;
  }
}

FoldSums& FoldSums::operator+=(const FoldSums& other) {
  std::transform(n_.begin(), n_.end(), other.n_.begin(), n_.begin(), std::plus<>());
  std::ranges::transform(sums_.values, other.sums_.values, sums_.values.begin(), std::plus<>());
  std::ranges::transform(squares_.values, other.squares_.values, squares_.values.begin(), std::plus<>());
  return *this;
}

FoldSums& FoldSums::operator-=(const FoldSums& other) {
  std::transform(n_.begin(), n_.end(), other.n_.begin(), n_.begin(), std::minus<>());
  std::ranges::transform(sums_.values, other.sums_.values, sums_.values.begin(), std::minus<>());
  std::ranges::transform(squares_.values, other.squares_.values, squares_.values.begin(), std::minus<>());
  return *this;
}

double FoldSums::n_rows() const { return std::accumulate(n_.begin(), n_.end(), 0.0); }

FoldMean FoldSums::without(int fold) const {
  const auto n_columns = static_cast<std::size_t>(sums_.n_cols);
  FoldMean result{0, std::vector<double>(n_columns, 0.0), std::vector<double>(n_columns, 0.0), 0};
  for (int k = 0; k < kFolds; ++k) {
    if (k == fold) continue;
    result.n += n_[static_cast<std::size_t>(k)];
    const auto sums = sums_.row(k), squares = squares_.row(k);
    for (std::size_t j = 0; j < n_columns; ++j) {
      result.mean[j] += sums[j];
      result.variance[j] += squares[j];
    }
  }
  GRACEVAE_CHECK(result.n >= 2, "two rows");
  for (std::size_t j = 0; j < n_columns; ++j) {
    const double sum = result.mean[j];
    result.mean[j] = sum / result.n;
    result.variance[j] = std::max(0.0, result.variance[j] - sum * result.mean[j]) / (result.n - 1);
    result.noise += result.variance[j] / result.n;
  }
  return result;
}

std::vector<std::int8_t> drawn_folds(std::int64_t n, Random random, int first) {
  std::vector<std::int8_t> folds(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < folds.size(); ++i)
    folds[i] = static_cast<std::int8_t>((i + static_cast<std::size_t>(first)) % kFolds);
  random.shuffle(folds);
  return folds;
}

double cross_product(const FoldMean& a, const FoldMean& b, const FoldMean& c) {
  double sum = 0;
  for (std::size_t j = 0; j < c.mean.size(); ++j) sum += (a.mean[j] - c.mean[j]) * (b.mean[j] - c.mean[j]);
  return sum - c.noise;
}

double squared_distance(const FoldMean& a, const FoldMean& c) { return cross_product(a, a, c) - a.noise; }

Measured jackknife(const std::function<double(int fold)>& statistic) {
  std::array<double, kFolds> without{};
  for (int k = 0; k < kFolds; ++k) without[static_cast<std::size_t>(k)] = statistic(k);
  return {statistic(kFolds), sample_sd(without) * (kFolds - 1) / std::sqrt(double{kFolds})};
}

}  // namespace gracevae::impl
