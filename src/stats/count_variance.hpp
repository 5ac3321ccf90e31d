#pragma once
/// @file The variance that counting alone gives: what a sample without a count cannot show.
#include <vector>

#include "base/csr_view.hpp"

namespace gracevae::impl {

/// What one count of a typical row is on the log1p scale: the median over (at most 2,000 evenly spaced) rows of the
/// smallest value above zero. 0 where a value is negative, so that no floor is taken from values that are no counts.
double one_count_log1p(const CsrView<float>& rows);

/// Variance of log1p(f·K), K a Poisson count, as a function of the mean of these values; f = expm1(one_count). From a
/// table of exact sums for 1e-4 to 1e3 expected counts, linear between: within 1 % there; beyond, the ends' values (to
/// 0 at mean 0). 0 everywhere where one_count is 0.
/// @test tests/unit/stats/count_variance_test.cpp
class CountVariance {
 public:
  explicit CountVariance(double one_count);
  double at(double mean) const;

 private:
  std::vector<double> means_, variances_;  ///< ascending; empty without a count
};

}  // namespace gracevae::impl
