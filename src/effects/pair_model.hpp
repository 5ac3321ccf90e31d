#pragma once
/// @file Effects of pairs of targets from those of singles and of measured pairs.
#include <array>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "effects/effect_model.hpp"
#include "effects/effect_table.hpp"
#include "effects/false_rates.hpp"
#include "effects/kernels.hpp"

namespace gracevae::impl {

/// Rows of a table of singles.
using TargetPair = std::pair<std::int64_t, std::int64_t>;

/// Kernels between pairs {a, b} and {c, d} of singles with inner products G of effects, cosines C = G normalised:
/// effects: (C_ac C_bd + C_ad C_bc)/2, normalised; sums: cos(A + B, A′ + B′); shared: shared targets/2.
/// Positive semidefinite: the first is an inner product of symmetric tensors, the third of indicators.
class PairKernels : public Kernels {
 public:
  /// `products`: G [singles, singles].
  PairKernels(Matrix<double> products, std::vector<TargetPair> pairs);
  std::size_t n_parts() const override { return kNames.size(); }
  const std::string& name(std::size_t part) const override { return kNames[part]; }
  bool knows(std::size_t, std::int64_t) const override { return true; }
  void add(std::size_t part, double weight, std::span<const std::int64_t> rows, std::span<const std::int64_t> columns,
           Matrix<double>& out) const override;
  /// ‖A + B‖
  double norm_of_sum(std::int64_t pair) const;
  const std::vector<TargetPair>& pairs() const { return pairs_; }

 private:
  static const std::array<std::string, 3> kNames;
  double cosine(std::int64_t a, std::int64_t b) const;
  double product_kernel(const TargetPair& x, const TargetPair& y) const;
  double entry(std::size_t part, const TargetPair& x, const TargetPair& y) const;

  Matrix<double> products_;
  std::vector<TargetPair> pairs_;
};

/// c of d ≈ c(A + B) over measured pairs: least squares weighted 1/(‖d‖² + ¼ median ‖d‖²), with a ridge of one pair's
/// weight towards 1. 1 for no pair.
/// @param sums, doubles [pairs, genes]
double pair_scale(const Matrix<double>& sums, const Matrix<double>& doubles);

/// d̂ = c(A + B) + ‖c(A + B)‖·GP((d − c(A + B))/‖c(A + B)‖), the process over pairs; with fewer than
/// kFewestForProcess measured pairs c(A + B) alone, and A + B with none: c is never taken from elsewhere.
/// @test tests/unit/effects/pair_model_test.cpp
class PairModel {
 public:
  static constexpr std::int64_t kFewestForProcess = 10;

  /// `singles`: one row a target. Measured `pairs`, whose targets are rows of `singles`, and those asked about. All
  /// must outlive it.
  PairModel(const EffectTable& singles, const EffectTable& pairs, const std::vector<TargetPair>& asked,
            const EffectModelOptions& options);

  double scale() const { return scale_; }
  /// Whether there are enough pairs for a process on what c leaves.
  /// Of what pairs do besides c times the sum, by the expected cosine of that; 1 without a process.
  FalseRates false_rates() const;
  bool has_process() const { return std::ssize(measured_) >= kFewestForProcess; }
  /// Visits what is said of asked pairs; `item` and `nearest` are numbers of asked and of measured pairs. Without a
  /// process there are no intervals (NaN), ρ* is 0, and everything is abstained.
  void predict(const std::function<void(EffectPrediction&&)>& visit) const;
  /// A + B of an asked pair.
  std::vector<double> sum(std::int64_t asked) const;
  const Kernels& kernels() const { return kernels_; }
  /// Covariance of asked pairs' effects given the measured, Σ_g s_g² apart [asked, asked], and what it was before any
  /// pair was. There must be a process.
  Matrix<double> posterior_covariance(std::vector<double>& priors) const;

 private:
  std::vector<double> sum_of(const TargetPair& pair) const;

  const EffectTable& singles_;
  EffectModelOptions options_;
  std::vector<TargetPair> measured_, asked_;
  PairKernels kernels_;  // measured pairs first
  double scale_ = 1;
  EffectTable residuals_;
};

/// The row of each target of a condition in a table of singles. @throws InputError with near names
std::vector<std::int64_t> rows_of_targets(const EffectTable& singles, const std::vector<std::string>& targets);

}  // namespace gracevae::impl
