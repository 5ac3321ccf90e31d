#include "stats/count_variance.hpp"

#include <algorithm>
#include <cmath>

#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {
constexpr std::int64_t kMostRows = 2000;
constexpr int kSteps = 280;  // 40 a decade
constexpr double kFewestExpected = 1e-4, kMostExpected = 1e3;
}  // namespace

double one_count_log1p(const CsrView<float>& rows) {
  const std::int64_t step = std::max<std::int64_t>(1, rows.n_rows / kMostRows);
  std::vector<double> smallest;
  for (std::int64_t i = 0; i < rows.n_rows; i += step) {
    double least = 0;
    for (const float value : rows.row_values(i)) {
      if (value < 0) return 0;
      if (value > 0 && (least == 0 || value < least)) least = value;
    }
    smallest.push_back(least);
  }
  return median_of_positive(std::move(smallest));
}

CountVariance::CountVariance(double one_count) {
  if (!(one_count > 0)) return;
  const double f = std::expm1(one_count);
  means_.push_back(0);
  variances_.push_back(0);
  for (int step = 0; step <= kSteps; ++step) {
    const double expected = kFewestExpected * std::pow(kMostExpected / kFewestExpected, step / double{kSteps});
    const double spread = 12 * std::sqrt(expected) + 20;
    double mean = 0, square = 0;
    for (double k = std::max(1.0, std::floor(expected - spread)); k <= expected + spread; ++k) {
      const double p = std::exp(k * std::log(expected) - expected - std::lgamma(k + 1)), value = std::log1p(f * k);
      mean += p * value;
      square += p * value * value;
    }
    means_.push_back(mean);
    variances_.push_back(square - mean * mean);
  }
}

double CountVariance::at(double mean) const {
  if (means_.empty() || !(mean > 0)) return 0;
  const auto above = std::upper_bound(means_.begin(), means_.end(), mean);
  if (above == means_.end()) return variances_.back();
  const auto i = static_cast<std::size_t>(above - means_.begin());
  const double share = (mean - means_[i - 1]) / (means_[i] - means_[i - 1]);
  return variances_[i - 1] + share * (variances_[i] - variances_[i - 1]);
}

}  // namespace gracevae::impl
