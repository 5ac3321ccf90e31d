#pragma once
/// @file A Gaussian process over items whose effects on all genes share one covariance.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "effects/cholesky.hpp"
#include "effects/kernels.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// E_g ~ N(1 μ_g, s_g² C) for each gene g, C = Σ_k w_k K_k + w_0 I + diag(r).
struct KernelWeights {
  std::vector<double> of_part;  ///< w_k
  double own = 0;               ///< w_0, of what is each item's own
  int n_steps = 0;
  double total() const;  ///< t = Σ_k w_k + w_0, the prior variance of an item
};

/// Weights by restricted likelihood. With S = E_c E_cᵀ/G [n, n] over the G genes, E_c centred over items, and
/// P = C⁻¹ − C⁻¹11ᵀC⁻¹/(1ᵀC⁻¹1): start from non-negative least squares of S's off-diagonal on the K_k, then
/// w_k ← w_k·√(tr(PSPK_k)/tr(PK_k)), 25 times or until −2 log L/G moves less than 1e-3.
/// @param kernels K_k [n, n]
/// @param noise r [n], the items' own squared errors, in units of E²
KernelWeights restricted_likelihood(std::span<const Matrix<double>> kernels, const Matrix<double>& s,
                                    std::span<const double> noise);

/// What a process says of one item.
struct ItemPrediction {
  double variance = 0;              ///< v*: a gene's variance is s_g²·v*
  double rho = 0;                   ///< ρ* = √(q/t), the expected cosine with the truth, both without the mean
  double from_mean = 1;             ///< 1 − 1ᵀa*: the prediction is this times μ and a*ᵀE
  std::vector<double> of_item;      ///< a* = C⁻¹k* [n]
  std::vector<double> covariances;  ///< k* [n]
  std::vector<double> shares;       ///< of part k: w_k·a*ᵀk_k*/q; they add up to 1, or are 0 where q is
};

/// Cross-validation over items from the one factorisation.
struct LeaveOneOut {
  std::vector<double> cosine;    ///< of prediction and effect, both without the mean of the other items
  std::vector<double> rho;       ///< the ρ* of that prediction
  std::vector<double> variance;  ///< v_i = 1/P_ii
};

/// A process over measured items. `effects` [n, genes] and `kernels` must outlive it.
class EffectProcess {
 public:
  struct Options {
    std::int64_t most_items_for_weights = 2000;  ///< weights are fitted to as many, drawn at random beyond
    std::uint64_t seed = 0;
    /// Rows whose errors make intervals; empty = all. Of more than 20 million values some rows are drawn.
    std::vector<std::int64_t> calibration_rows = {};
  };

  /// `items`: number of each row of `effects` in `kernels`; `parts`: the kernels that are used; `noise` r [n], 0 for
  /// effects without error. Two items or more. Memory 8n² bytes, and (parts + 3)·8·min(n, 2000)².
  EffectProcess(const Kernels& kernels, std::vector<std::size_t> parts, std::vector<std::int64_t> items,
                const Matrix<double>& effects, std::vector<double> noise, const Options& options);

  const KernelWeights& weights() const { return weights_; }
  const std::vector<std::size_t>& parts() const { return parts_; }
  /// μ = 1ᵀC⁻¹E/(1ᵀC⁻¹1) [genes]
  const std::vector<double>& mean() const { return mean_; }
  /// v* of an item of which nothing is known: t + 1/(1ᵀC⁻¹1).
  double mean_variance() const { return weights_.total() + 1 / ones_; }
  /// s_g² = E_gᵀPE_g/(n − 1) [genes], at least a tenth of the median of those above 0.
  const std::vector<double>& gene_scales() const { return scales_; }
  const LeaveOneOut& leave_one_out() const { return leave_one_out_; }

  /// Of items that were not measured, in blocks of memory 24n bytes an item.
  std::vector<ItemPrediction> predict(std::span<const std::int64_t> items) const;
  /// Covariance of items given the measured, in units of s_g² [items, items]: of two v* has the same form.
  Matrix<double> posterior_covariance(std::span<const std::int64_t> items) const;
  /// m* = μ + a*ᵀ(E − 1μ) [genes].
  std::vector<double> effect(const ItemPrediction& prediction) const;
  /// The effect of row i of the measured without its own error: E_i − r_i·(PE)_i, and v* = r_i − r_i²P_ii.
  std::vector<double> shrunk(std::int64_t row) const;
  double shrunk_variance(std::int64_t row) const;

  /// Q_level of |e_ig|/(s_g√v_i) over the calibration rows, e_i = (PE)_i/P_ii being leave-one-out's errors: the half
  /// width of an interval in units of s_g√v*. Over genes that as many conditions move (fewer than one in twenty, than
  /// one in four, others): the errors of a gene with few effects that are not 0 have another distribution.
  /// [levels, genes]
  Matrix<double> conformal_factors(std::span<const double> levels) const;

 private:
  void leave_out_each(const std::vector<std::int64_t>& calibration_rows);
  /// (PE)ᵀ of some genes [count, n].
  Matrix<double> residuals(std::int64_t first_gene, std::int64_t count) const;

  const Kernels& kernels_;
  std::vector<std::size_t> parts_;
  std::vector<std::int64_t> items_;
  const Matrix<double>& effects_;
  std::vector<double> noise_;
  std::uint64_t seed_;
  KernelWeights weights_;
  std::optional<Cholesky> factor_;
  std::vector<double> solved_ones_;  // u = C⁻¹1
  double ones_ = 0;                  // 1ᵀC⁻¹1
  std::vector<double> mean_, scales_, p_diagonal_;
  LeaveOneOut leave_one_out_;
  std::vector<double> sizes_;  // |e_ig|/(s_g√v_i) of the calibration rows
};

}  // namespace gracevae::impl
