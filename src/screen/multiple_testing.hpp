#pragma once
/// @file p-values: of the two distributions that tests here need, and adjusted for many tests.
#include <span>
#include <vector>

namespace gracevae::impl {

/// P(|T| ≥ |t|) of Student's t with `degrees` > 0 degrees of freedom, which need not be whole: the regularised
/// incomplete beta function I(ν/(ν+t²); ν/2, 1/2) (Eigen), for |t| < 1 as one less its complement, which loses nothing.
/// Within 1e-9 relative of SciPy down to 1e-300. 0 for t = ±∞, NaN for NaN.
double student_two_sided(double t, double degrees);

/// P(|Z| ≥ |z|) of the standard normal: erfc(|z|/√2).
double normal_two_sided(double z);

/// Adjusted p-values that control the false discovery rate (Benjamini and Hochberg 1995, step-up): for the i-th
/// smallest of n, min over j ≥ i of p_j·n/j, at most 1; in the order given. As statsmodels' fdr_bh. No value may be
/// NaN.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace gracevae::impl
