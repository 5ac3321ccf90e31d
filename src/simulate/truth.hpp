#pragma once
/// @file What a simulated screen is made from: latent graph, labels, gene programs. Drawn once, then cells and networks
/// follow.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/matrix.hpp"
#include "base/random.hpp"
#include "simulate/simulate.hpp"

namespace gracevae {

struct Truth {
  Matrix<double> graph;             ///< [latents, latents], strictly upper triangular; G(i, j) is the weight of i → j
  std::vector<std::string> labels;  ///< name of each label, which is its own gene's name too: gene k belongs to label k
  std::vector<std::int64_t> latent_of_label;  ///< a permutation: every latent is the target of one label
  std::vector<std::string> genes;
  Matrix<double> loadings;                          ///< [latents, genes]; 0 where a gene is not in the program
  std::vector<double> baseline;                     ///< [genes], log1p scale
  std::vector<std::vector<std::int64_t>> programs;  ///< genes of each latent's program, ascending

  std::int64_t n_latents() const { return graph.n_rows; }
  std::int64_t n_genes() const { return loadings.n_cols; }
  bool share_program(std::int64_t gene_a, std::int64_t gene_b) const;
};

/// Draws the truth from the streams "dag", "labels" and "programs" of the seed. Edge weights are uniform in ±[0.5, 1],
/// one in five negative; loadings are uniform in ±[0.15, 0.45], one in four negative; the gene of a program's label has
/// loading 0.45; baselines are uniform in [−1, 0.75].
Truth draw_truth(const SimulateOptions& options);

/// Latents of one cell under shifts on the noise z ~ N(0, I): in order of j, u_j = z_j + shift_j + Σ_{i<j} G_ij f(u_i),
/// f the identity (linear) or relu. `shift` and the result: [latents].
std::vector<double> draw_latents(const Truth& truth, const std::vector<double>& shift, bool relu, Random& random);

/// Edges between genes: about two for each gene, `purity` of them within a program, the others between genes that share
/// none. Sorted within and without repeats, loops or order; fewer where the programs are too small. Stream "protein
/// edges".
std::vector<std::pair<std::int64_t, std::int64_t>> draw_protein_edges(const Truth& truth,
                                                                      const SimulateOptions& options);

}  // namespace gracevae
