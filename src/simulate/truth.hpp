#pragma once
/// @file The ground truth of a simulated screen: latent graph, labels, gene programs. Drawn once; cells and networks
/// follow from it.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "io/gene_sets.hpp"
#include "simulate/simulate.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// A label and its intervention.
struct SimulatedLabel {
  std::string name;
  std::vector<std::int64_t> latents;  ///< none, one, or one with an off-target
  std::vector<double> shifts;
};

/// f_j of the mlp mechanism: Σ_h last_h·LeakyReLU(Σ_i first_hi·G_ij·u_i + offset_h).
struct SimulatedMlp {
  static constexpr std::int64_t kWidth = 8;
  std::vector<double> first, offset, last;  ///< [kWidth x latents], [kWidth], [kWidth]
};

struct Truth {
  std::vector<std::int64_t> causal;  ///< latents in causal order
  Matrix<double> graph;              ///< [latents, latents]; G(i, j) is the weight of i → j
  std::vector<SimulatedMlp> mlps;    ///< one for each latent with the mlp mechanism, else empty
  std::vector<SimulatedLabel>
      labels;  ///< by name, in alphabetical order; label k's own gene is gene k where it is measured
  std::vector<std::string> genes;
  std::vector<std::vector<std::int64_t>> programs;  ///< genes of each latent's program, ascending (programs only)
  std::vector<std::vector<double>> loadings;        ///< of those genes, in the same order
  Matrix<double> dense;                             ///< [inputs of the last layer, genes] with dense loadings
  Matrix<double> first_layer;                       ///< [latents, latents] orthogonal, of an mlp mixing
  std::vector<double> baseline;                     ///< [genes]
  std::vector<GeneSet> pathways;                    ///< the program of latent k is carried by pathway k
  std::vector<std::pair<std::string, std::string>> relations, proteins;

  std::int64_t n_latents() const { return graph.n_rows; }
  std::int64_t n_genes() const { return static_cast<std::int64_t>(genes.size()); }
};

/// Draws the truth from named random streams. Edge weights are uniform in ±[weight_low, weight_high]; loadings of
/// programs are uniform in ±[0.15, 0.45], one in four negative, and 0.45 for the gene of a label that hits the latent;
/// dense ones are normal with variance 1/latents.
Truth draw_truth(const SimulateOptions& options);

/// Draws pathways, relations and protein interactions, or takes the real ones of `options.context`.
void draw_context(const SimulateOptions& options, Truth& truth);

/// Draws latents of cells under a regime's labels.
class LatentSampler {
 public:
  /// `factors`: on the shifts of each label; none: 1.
  LatentSampler(const SimulateOptions& options, const Truth& truth, const std::vector<std::int64_t>& labels,
                const std::vector<double>& factors = {});
  /// u [latents]: in causal order, u_j = noise_factor_j·z_j + shift_j + incoming_factor_j·f_j(parents).
  void draw(std::span<double> u, Random& random) const;

 private:
  double parents_of(std::int64_t latent, std::span<const double> u) const;

  const SimulateOptions& options_;
  const Truth& truth_;
  std::vector<double> shift_, noise_factor_, incoming_factor_;
  std::vector<std::vector<std::int64_t>> parents_;
};

/// Values of one cell from its latents, appended as a sparse row.
class Observer {
 public:
  Observer(const SimulateOptions& options, const Truth& truth);
  void append(std::span<const double> u, Random& random, CsrMatrix<float>& x) const;
  /// Genes' means before noise, log scale for counts.
  void mix(std::span<const double> u, std::span<double> values) const;

 private:
  void append_gaussian(std::span<double> values, Random& random, CsrMatrix<float>& x) const;
  void append_counts(std::span<double> values, Random& random, CsrMatrix<float>& x) const;

  const SimulateOptions& options_;
  const Truth& truth_;
};

}  // namespace gracevae::impl
