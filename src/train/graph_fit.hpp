#pragma once
/// @file All edges of a latent graph at once, from means and covariances of every regime.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "causal/torch_compat.hpp"

namespace gracevae::impl {

/// Control (regime 0) and label k's regime (1 + k) in coordinates in which label k moves axis k. float64.
struct GraphMoments {
  std::vector<double> count;   ///< [m + 1] cells
  Tensor mean;                 ///< [m + 1, m]
  std::vector<Tensor> signal;  ///< m + 1 of [m, m]: covariance less observation noise
  std::vector<Tensor> weight;  ///< m + 1 of [m, m]: inverse of the covariance, shrunken

  std::int64_t n_axes() const { return mean.size(1); }
  /// [m, m] mean of each label's regime less control's.
  Tensor shift() const;
  double n_cells() const;
};

/// What is fitted besides graph and shifts.
struct GraphModel {
  bool relu = true;      ///< parents act by their positive part, else by their value
  bool lowers = false;   ///< labels lower their latents: signs are turned, so that parents act by their negative part
  bool bends = false;    ///< genes respond to u + γ·u²/2
  bool factors = false;  ///< a label multiplies the weights into its latent
  bool cuts = false;     ///< by 0 to 1, with factors
  bool widens = false;   ///< a label multiplies its latent's own noise
};

/// The fitted values, or their gradient, in one list.
class GraphValues {
 public:
  explicit GraphValues(std::int64_t m);
  std::span<double> graph() { return part(0, m_ * m_); }  ///< [m, m] row i, column j: i → j
  std::span<double> log_shift() { return part(1, m_); }   ///< of each label
  std::span<double> bend() { return part(2, m_); }        ///< γ
  std::span<double> factor() { return part(3, m_); }      ///< on the weights into each label's latent
  std::span<double> log_noise() { return part(4, m_); }   ///< of the factor on its noise
  std::span<double> mean_error() {
    return part(5, m_ * m_ + m_);
  }  ///< [m + 1, m] fitted less observed means, in standard errors
  double edge(std::int64_t i, std::int64_t j) const { return all_[static_cast<std::size_t>(i * m_ + j)]; }
  std::vector<double>& all() { return all_; }
  const std::vector<double>& all() const { return all_; }
  std::int64_t n_axes() const { return m_; }

 private:
  std::span<double> part(int index, std::int64_t size);
  std::int64_t m_;
  std::vector<double> all_;
};

/// Which values are free, of each kind.
struct FreeValues {
  std::vector<char> edges;  ///< [m·m]
  bool mean_errors = false;
};

/// The latents' moments under fitted values.
struct LatentMoments {
  Tensor mean;        ///< [m + 1, m] of u in control and under each label
  Tensor covariance;  ///< [m, m] of u in control
  Tensor bent_mean;   ///< [m + 1, m] of u + γ·u²/2
};

/// The misfit of a graph and its gradient. With z exact-moment normal draws, the latents of control and of label k's
/// regime are the fixed points
///
///     u = z + f(u)·G,      u = z + s_k·e_k + f(u)·G,      f(u) = max(u, 0), or min(u, 0) where labels lower
///
/// (a label with factors multiplies z_k and column k of G besides), φ(u) = u + γ·u²/2 what genes respond to, and
///
///     T[k, :] = E_k[φ] − E_0[φ],   M = T⁻¹·(D + errors),   C_k = Mᵀ·Cov_k(φ)·M + Ω_k
///     L = ½ Σ_k n_k { ½ tr[(W_k·(C_k − S_k))²] + errors_kᵀ·W_k·errors_k }
///
/// D the observed mean shifts: with no errors the mixing M reproduces every mean. Edges of |G| at most kSmallestEdge
/// take no part in the fixed point, but have their gradient. Latents are visited from causes to effects of the graph's
/// strongest edges, so that one sweep is exact for a graph without cycles; under label k only k's descendants are
/// computed. Threads over regimes: the same bits for the same number of threads.
/// Cost of a value with gradient, a regime: draws·m·(m + descendants) + 7·m³ multiply-adds.
/// @test tests/unit/train/graph_fit_test.cpp
template <class T>
class GraphFit {
 public:
  /// noise [n, m].
  GraphFit(const GraphMoments& moments, const GraphModel& model, const Tensor& noise, double smallest_edge);
  ~GraphFit();
  GraphFit(const GraphFit&) = delete;
  GraphFit& operator=(const GraphFit&) = delete;

  /// L, of control and `labels` alone with each label weighted by m over their number; gradient where asked for.
  double misfit(GraphValues& values, const std::vector<std::int64_t>& labels, GraphValues* gradient);
  LatentMoments latents(GraphValues& values);

 private:
  struct Work;
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace gracevae::impl
