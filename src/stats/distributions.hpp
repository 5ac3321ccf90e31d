#pragma once
/// @file Tails of the distributions that tests here need.
#include <cstdint>

namespace gracevae::impl {

/// P(|T| ≥ |t|) of Student's t with `degrees` > 0 degrees of freedom, which need not be whole: the regularised
/// incomplete beta function I(ν/(ν+t²); ν/2, 1/2) (Eigen), for |t| < 1 as one less its complement, which loses nothing.
/// Within 1e-9 relative of SciPy down to 1e-300. 0 for t = ±∞, NaN for NaN.
double student_two_sided(double t, double degrees);

/// The t that student_two_sided puts at this p, 0 < p < 1; by bisection.
double student_quantile(double p, double degrees);

/// P(|Z| ≥ |z|) of the standard normal: erfc(|z|/√2).
double normal_two_sided(double z);

/// P(X ≥ x) of chi-square with `degrees` > 0: the regularised upper incomplete gamma function Q(degrees/2, x/2)
/// (Eigen). Within 1e-9 relative of SciPy down to 1e-300. 1 for x ≤ 0.
double chi_square_tail(double x, double degrees);

/// P(X ≥ k) where n of N are drawn without replacement and K of the N count: Σ_{i ≥ k} C(K, i)·C(N − K, n − i)/C(N, n).
/// Within 1e-9 relative of SciPy's hypergeom.sf(k − 1, N, K, n). 1 for k ≤ 0, 0 for k beyond n or K.
double hypergeometric_tail(std::int64_t k, std::int64_t n_total, std::int64_t n_marked, std::int64_t n_drawn);

}  // namespace gracevae::impl
