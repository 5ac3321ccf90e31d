#pragma once
/// @file Mean and spread of a list of numbers.
#include <span>

namespace gracevae::impl {

/// NaN for an empty list.
double mean_of(std::span<const double> values);
/// Sample standard deviation (n − 1); NaN for fewer than two values.
double sample_sd(std::span<const double> values);

}  // namespace gracevae::impl
