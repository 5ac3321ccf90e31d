#pragma once
/// @file Local regression of one variable on another (loess).
#include <span>
#include <vector>

namespace gracevae::impl {

struct LoessOptions {
  double span = 0.3;    ///< share of the points in a neighbourhood, above 0 and at most 1
  double cell = 0.2;    ///< a cell of the interpolation holds at most floor(n·span·cell) points
  bool direct = false;  ///< true: a fit at every point, without interpolation
};

/// Fitted values of a locally quadratic loess (Cleveland and Grosse 1991, "Computational methods for local
/// regression"), as R's loess(y ~ x, degree = 2) and scikit-misc's loess, which scanpy calls, return them:
/// - at a place q the floor(n·span) nearest points are weighted (1 − (d/d_max)³)³ and fitted with 1, x−q, (x−q)²;
///   singular fits take the pseudo-inverse;
/// - fits are made at the vertices of a k-d tree only: cells with more points than LoessOptions::cell allows are cut at
///   their median point (or the nearest where neighbours differ); the outermost vertices lie 0.5 % of the range
///   outside;
/// - between vertices the cubic with the fits' values and slopes.
/// InputError with fewer than four points in a neighbourhood, or when a neighbourhood has no width because too many x
/// are equal. Cost O(vertices · n), for `direct` O(n²).
std::vector<double> loess(std::span<const double> x, std::span<const double> y, const LoessOptions& options = {});

}  // namespace gracevae::impl
