#pragma once
/// @file Mean, spread, medians and quantiles of a list of numbers.
#include <algorithm>
#include <span>
#include <vector>

namespace gracevae::impl {

/// NaN for no value.
double mean_of(std::span<const double> values);
/// Sample standard deviation (n − 1); NaN for fewer than two values.
double sample_sd(std::span<const double> values);

/// Of an even number the mean of the two in the middle; NaN for no value.
double median_of(std::vector<double> values);
/// Of the values above zero; 0 when there is none.
double median_of_positive(std::vector<double> values);

/// The value in the middle, of an even number the upper one of the two. There must be a value.
template <class T>
T upper_median(std::vector<T> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// At a share of the way through the values in order, linear between neighbours, as numpy's quantile. There must be a
/// value. Puts the values in another order.
template <class T>
double quantile(std::span<T> values, double share) {
  const double way = share * static_cast<double>(values.size() - 1);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(way);
  std::nth_element(values.begin(), below, values.end());
  const auto value = static_cast<double>(*below);
  if (below + 1 == values.end()) return value;
  const auto next = static_cast<double>(*std::min_element(below + 1, values.end()));
  return value + (way - static_cast<double>(below - values.begin())) * (next - value);
}

}  // namespace gracevae::impl
