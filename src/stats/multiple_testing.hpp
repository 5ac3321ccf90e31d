#pragma once
/// @file p-values adjusted for many tests.
#include <span>
#include <vector>

namespace gracevae::impl {

/// Adjusted p-values that control the false discovery rate (Benjamini and Hochberg 1995, step-up): for the i-th
/// smallest of n, min over j ≥ i of p_j·n/j, at most 1; in the order given. As statsmodels' fdr_bh. No value may be
/// NaN.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

/// Adjusted p-values that control the probability of any false discovery (Holm 1979, step-down): for the i-th smallest
/// of n, max over j ≤ i of p_j·(n − j + 1), at most 1; in the order given.
std::vector<double> holm(std::span<const double> p_values);

}  // namespace gracevae::impl
