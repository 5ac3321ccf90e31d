#pragma once
/// @file Cells of different depth made comparable.
#include <span>
#include <vector>

namespace gracevae::impl {

inline constexpr double kNaturalBase = 2.718281828459045;

/// Median of the values above zero, of an even number the mean of the two in the middle; 0 when there is none. What
/// scanpy's normalize_total scales to.
double median_of_positive(std::vector<double> values);

/// Counts of one cell → log(1 + count · target / total), in place; a cell without counts (total 0) stays zero. In
/// double, rounded once.
void normalise_log1p(std::span<float> values, double total, double target);

}  // namespace gracevae::impl
