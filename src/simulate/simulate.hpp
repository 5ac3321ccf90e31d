#pragma once
/// @file A screen whose latent graph is known: a few latent programs, a DAG among them, gene programs, pathways and
/// protein edges that follow the programs.
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/matrix.hpp"
#include "base/options.hpp"

namespace gracevae {

/// Section [simulate]. More knobs and presets come with the simulator's own issue.
struct SimulateOptions {
  std::int64_t n_latents = 6;    ///< latent programs; every one is the target of exactly one label
  std::int64_t n_genes = 200;    ///< measured genes; the labels' own genes are among them
  std::int64_t n_control = 400;  ///< control cells
  std::int64_t cells_per_single = 120;
  std::int64_t cells_per_double = 80;
  std::int64_t n_doubles = 6;      ///< pairs of labels, drawn without repeats; at most n_latents·(n_latents−1)/2
  double expected_degree = 1.5;    ///< expected number of parents of a latent in the random DAG
  std::string mechanism = "relu";  ///< linear: u = z + G^T u;  relu: u_j = z_j + Σ G_ij relu(u_i)
  double shift = 4.0;              ///< size of a label's shift on its latent, in units of the latent noise
  double noise = 0.3;              ///< sd of the observation noise, log1p scale
  std::int64_t genes_per_program = 25;  ///< genes that load on each latent
  double edge_purity = 0.9;             ///< share of protein edges that join genes of one program
  std::int64_t seed = 0;

  void bind(OptionTable& table);
  void validate() const;
};

/// Writes screen.h5ad (obs: condition; uns: true_latent_graph; obsm: u; log1p-like values, non-negative with many
/// zeros), network/ pathways.gmt, network/pathway_relations.txt, network/protein_edgelist.txt and truth.json (graph,
/// targets of every label, shifts, programs' genes) into `folder`. Deterministic from the seed.
void simulate_screen(const std::filesystem::path& folder, const SimulateOptions& options);

}  // namespace gracevae
