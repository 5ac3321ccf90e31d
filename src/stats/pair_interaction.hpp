#pragma once
/// @file Do the effects of two treatments add up? Coefficients, fit and a test of one pair, from four groups of rows.
#include <array>
#include <span>

#include "stats/measured.hpp"

namespace gracevae::impl {

using Matrix3 = std::array<std::array<double, 3>, 3>;

/// Inner products of the effects δ_a, δ_b, δ_ab, in this order.
Matrix3 products_of(std::span<const double> a, std::span<const double> b, std::span<const double> ab);

/// A pair in numbers (Norman et al. 2019): ‖δ_a‖, ‖δ_b‖, ‖δ_ab‖, ‖δ_ab − δ_a − δ_b‖; c_a, c_b of least squares δ_ab ≈
/// c_a·δ_a + c_b·δ_b; √(c_a² + c_b²), which is √2 where effects add up; and the cosine of both sides.
struct PairNumbers {
  Measured norm_a, norm_b, norm_ab, norm_deviation, c_a, c_b, magnitude, fit;
};

/// All of them, in this order.
inline constexpr std::array kPairNumbers = {&PairNumbers::norm_a,         &PairNumbers::norm_b, &PairNumbers::norm_ab,
                                            &PairNumbers::norm_deviation, &PairNumbers::c_a,    &PairNumbers::c_b,
                                            &PairNumbers::magnitude,      &PairNumbers::fit};

/// Their names in tables.
inline constexpr std::array kPairNumberNames = {"norm_a", "norm_b", "norm_ab",   "norm_deviation",
                                                "c_a",    "c_b",    "magnitude", "fit"};
static_assert(kPairNumberNames.size() == kPairNumbers.size());

/// |cosine| of δ_a and δ_b from which c_a and c_b are not told apart: of all that fit the smallest are taken (the
/// pseudo-inverse of rank 1).
inline constexpr double kSameDirection = 0.95;

/// Of effects that are known; errors are NaN.
PairNumbers pair_numbers(const Matrix3& products);

/// One of the four groups: rows, Σ over columns of variance/n (the expected squared error of the mean), and the
/// covariance of the mean's projections on δ_a, δ_b, δ_ab: that of the rows' projections, divided by n.
struct PairGroup {
  double n_rows = 0, noise = 0;
  Matrix3 covariance{};
};

/// A pair measured by the means of four groups of independent rows, which give δ_k = mean of k − mean of control.
struct PairSample {
  Matrix3 products{};
  PairGroup control, a, b, ab;
};

/// What a sample says. The squared error that the means bring into inner products is subtracted, so that noise neither
/// attenuates c_a and c_b nor adds to the norms (0 where less than nothing is left). Errors are those of the delta
/// method over the rows of all four groups, whatever the covariance of the columns. An effect is clear where its
/// squared norm is twice its error. Where one of δ_a and δ_b is not, its c is NaN and the other's that of least squares
/// on it alone; magnitude and similarity need both to be clear (NaN), the fit δ_ab, too.
struct PairEstimate {
  PairNumbers numbers;
  double similarity;  ///< cosine of δ_a and δ_b
  double p;           ///< that the effects add up: min(1, 2·min(p_along, p_any))
  /// Of D = δ_ab − δ_a − δ_b projected on two directions: what the singles do as additivity and all four groups have
  /// it, δ_k + κ_k·D with κ_k = (noise of k and of control) / (noise of all four), whose errors are not correlated with
  /// D's. Hotelling's T² with the degrees of freedom of Krishnamoorthy and Yu (2004).
  double p_along;
  /// One-sided, of (‖D‖² without bias) / √(2·DᵀΣD), Σ the covariance of D: conservative where few directions vary,
  /// normal where many do.
  double p_any;
};

/// Estimates a pair from four groups of two rows or more.
/// @paper Norman et al. 2019 (model of genetic interactions), least squares corrected for the means' errors
/// @test tests/unit/stats/pair_interaction_test.cpp
PairEstimate estimate_pair(const PairSample& sample);

}  // namespace gracevae::impl
