#include "stats/design_regression.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace gracevae::impl {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kRidge = 0.1;  // observations

/// Row of the design.
VectorXd row_of(const DesignGroup& group, std::int64_t n_factors, double scale) {
  VectorXd row = VectorXd::Zero(n_factors);
  for (const std::int64_t k : group.factors) row[k] = group.factors.size() > 1 ? scale : 1;
  return row;
}

/// A fit with these weights of the groups.
struct Fit {
  MatrixXd effects;  ///< [factors, p]
  MatrixXd inverse;  ///< (XᵀWX + ridge)⁻¹
};

Fit fit(const MatrixXd& design, const VectorXd& weights, const MatrixXd& shifts) {
  const Index n = design.cols();
  const MatrixXd weighted = weights.asDiagonal() * design;
  const Eigen::LLT<MatrixXd> root(design.transpose() * weighted + kRidge * MatrixXd::Identity(n, n));
  return {root.solve(weighted.transpose() * shifts), root.solve(MatrixXd::Identity(n, n))};
}

/// Variance of what groups of several factors do besides the sum, in units of an observation's.
double excess_variance(std::span<const DesignGroup> groups, const MatrixXd& design, const VectorXd& weights,
                       const MatrixXd& shifts, const Fit& fitted, std::span<const double> variance) {
  const MatrixXd rest = shifts - design * fitted.effects;
  const auto n_columns =
      static_cast<double>(std::count_if(variance.begin(), variance.end(), [](double v) { return v > 0; }));
  double excess = 0, degrees = 0;
  for (Index r = 0; r < rest.rows(); ++r) {
    const DesignGroup& group = groups[static_cast<std::size_t>(r)];
    if (group.factors.size() < 2 || n_columns == 0) continue;
    double squares = 0;
    for (std::size_t g = 0; g < variance.size(); ++g)
      if (variance[g] > 0) squares += rest(r, static_cast<Index>(g)) * rest(r, static_cast<Index>(g)) / variance[g];
    const double leverage = weights[r] * design.row(r).dot(fitted.inverse * design.row(r).transpose());
    const double left = std::max(0.0, 1 - leverage);
    excess += squares / n_columns - left / group.n;
    degrees += left;
  }
  constexpr double kLeastDegrees = 0.5;  // fewer: the groups are fitted, not tested
  return degrees > kLeastDegrees ? std::max(0.0, excess / degrees) : 0;
}

double norm2(std::span<const double> x) { return std::inner_product(x.begin(), x.end(), x.begin(), 0.0); }

}  // namespace

DesignEffects design_effects(std::span<const DesignGroup> groups, std::int64_t n_factors,
                             std::span<const double> variance, double scale) {
  const Index n_groups = std::ssize(groups), p = std::ssize(variance);
  MatrixXd design(n_groups, n_factors), shifts(n_groups, p);
  VectorXd weights(n_groups);
  for (Index r = 0; r < n_groups; ++r) {
    const DesignGroup& group = groups[static_cast<std::size_t>(r)];
    design.row(r) = row_of(group, n_factors, scale);
    shifts.row(r) = Eigen::Map<const VectorXd>(group.shift.data(), p);
    weights[r] = group.n;
  }
  Fit fitted = fit(design, weights, shifts);
  if (const double excess = excess_variance(groups, design, weights, shifts, fitted, variance); excess > 0) {
    for (Index r = 0; r < n_groups; ++r)
      if (const DesignGroup& group = groups[static_cast<std::size_t>(r)]; group.factors.size() > 1)
        weights[r] = 1 / (1 / group.n + excess);
    fitted = fit(design, weights, shifts);
  }
  DesignEffects result;
  for (Index k = 0; k < n_factors; ++k) {
    std::vector<double>& effect = result.effects.emplace_back(static_cast<std::size_t>(p));
    Eigen::Map<VectorXd>(effect.data(), p) = fitted.effects.row(k);
    result.n.push_back(1 / fitted.inverse(k, k));
  }
  return result;
}

std::vector<double> pair_weights(std::span<const double> squares) {
  std::vector<double> sorted(squares.begin(), squares.end()), weights;
  const auto middle = sorted.begin() + std::ssize(sorted) / 2;
  std::nth_element(sorted.begin(), middle, sorted.end());
  for (const double square : squares) {
    const double size = square + *middle / 4;
    weights.push_back(size > 0 ? 1 / size : 0);
  }
  return weights;
}

double combination_scale(std::span<const ShiftPair> pairs) {
  std::vector<double> squares;
  for (const ShiftPair& pair : pairs) squares.push_back(norm2(pair.observed));
  const std::vector<double> weights = pair_weights(squares);
  double along = kPriorPairs, of_sum = kPriorPairs;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto& [sum, observed] = pairs[i];
    along += weights[i] * std::inner_product(sum.begin(), sum.end(), observed.begin(), 0.0);
    of_sum += weights[i] * norm2(sum);
  }
  return along / of_sum;
}

}  // namespace gracevae::impl
