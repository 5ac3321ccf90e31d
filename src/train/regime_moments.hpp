#pragma once
/// @file Means and variances of the training cells of every regime.
#include <algorithm>
#include <span>
#include <vector>

#include "base/interrupt.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {

/// Dtype and device of the moments: float64, CPU.
inline at::TensorOptions doubles() { return at::TensorOptions().dtype(at::kDouble); }

/// Cells that train under two or more targets.
struct CombinationMoments {
  std::vector<std::int64_t> labels;  ///< of RunData::targets
  double n_cells = 0;
  Tensor mean;  ///< [p]
};

/// Over the training cells of control and of every label. Row 0 is control, row 1 + k label k of RunData::targets. In
/// float64, on the CPU, and without what covariates do to control cells. Where combinations train, a label's mean is
/// that of control plus its effect by regression on the design (stats/design_regression.hpp), else that of its single.
struct RegimeMoments {
  std::vector<std::vector<std::int64_t>> cells;  ///< rows of the screen: control's, then those of each label's single
  std::vector<CombinationMoments> combinations;
  Tensor mean;               ///< [c + 1, p]
  std::vector<double> n;     ///< [c + 1] cells, or as many as would give the mean the error that it has
  Tensor variance;           ///< [p], within regimes, pooled, n − 1
  Tensor covariate_effects;  ///< [k, p] C of x ≈ mean + w·C over control cells, w the cells' covariates, by least
                             ///< squares of the smallest norm; undefined without covariates
  bool nonnegative = true;   ///< no value is below 0, as in log-normalised counts

  std::int64_t n_regimes() const { return mean.size(0); }
  double n_cells(std::int64_t regime) const { return n[static_cast<std::size_t>(regime)]; }
  /// Mean squared distance between two cells of one regime, 2·Σ_g variance_g: the data's own bandwidth for the MMD.
  double mean_distance() const { return 2 * variance.sum().item<double>(); }
  /// The variances [p], floored at a hundredth of their mean, from which come the initial Gaussian likelihood, its
  /// scale relative to the MMD, and the weights of genes.
  Tensor floored_variance() const {
    constexpr double kLeast = 0.01;
    return at::clamp_min(variance, std::max(kLeast * variance.mean().item<double>(), 1e-12));
  }
};

/// One pass over the stored values of the training cells. `scaled`: combinations do a multiple of the sum of their
/// targets' effects, which is found from those whose targets train alone, too. @throws Interrupted on request.
/// @test tests/unit/train/regime_moments_test.cpp
RegimeMoments regime_moments(const RunData& data, bool scaled = false);

/// The regimes' means [c + 1, p] with every label's shift of a gene, δ, made smaller by its sampling error: δ·max(0, 1
/// − e²/δ²), e² = variance·(1/cells of the label + 1/cells of control), the positive part of Stein's estimator for each
/// gene alone. A shift within its error becomes 0, a clear one stays.
/// @test tests/unit/train/start_test.cpp
Tensor shrunken_means(const RegimeMoments& moments);

/// For each label the shift δ [c, p] for which the control cells' values max(0, x + δ) have the label's mean: what a
/// model whose predictions are clipped at 0 must add. Equals the mean shift where nothing is clipped. Memory: 16 MiB of
/// control's values at a time. @throws Interrupted on request.
/// @test tests/unit/train/start_test.cpp
Tensor shifts_before_cut(const RunData& data, const RegimeMoments& moments);

/// Adds the cells' values, without `covariate_effects`, to `sums` [p] and their squares to `squares` [p]. Returns the
/// least value of the screen's, at most 0.
float add_values(const Screen& screen, const Tensor& covariate_effects, std::span<const std::int64_t> cells,
                 double* sums, double* squares);

/// Calls `work` with blocks [n, p] of the rows of `cells`, without `covariate_effects`, in order, n at most 256.
/// @throws Interrupted on request.
template <class Work>
void for_each_block(const Screen& screen, const Tensor& covariate_effects, const std::vector<std::int64_t>& cells,
                    const Work& work) {
  constexpr std::size_t kBlock = 256;
  for (std::size_t first = 0; first < cells.size(); first += kBlock) {
    stop_if_requested("the start was computed");
    const auto block = std::span(cells).subspan(first, std::min(kBlock, cells.size() - first));
    Tensor x = cells_tensor(screen, block, doubles());
    if (covariate_effects.defined()) x.sub_(at::mm(covariates_tensor(screen, block, doubles()), covariate_effects));
    work(x);
  }
}

}  // namespace gracevae::impl
