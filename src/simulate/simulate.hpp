#pragma once
/// @file A screen whose latent graph is known: latent programs, a DAG among them, labels that intervene on them, genes
/// mixed from them, and pathways and protein interactions that reflect the programs.
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/options.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Section [simulate]. What each option does: docs/simulate.md. The defaults are the preset `tiny`.
struct SimulateOptions {
  std::string preset = "tiny";
  // cells
  std::int64_t n_control = 400;
  std::int64_t cells_per_single = 120;
  std::int64_t single_cells = 0;
  std::int64_t cells_per_double = 80;
  std::int64_t n_doubles = 6;
  double double_scale = 1, double_spread = 0;
  // latents
  std::int64_t n_latents = 6;
  std::string graph = "erdos-renyi";
  double expected_degree = 1.5;
  double weight_low = 0.5, weight_high = 1.0;
  double negative_weights = 0.2;
  std::string latent_order = "shuffled";
  std::string mechanism = "relu";
  std::string latent_noise = "normal";
  // labels
  std::string intervention = "shift";
  double shift = 4.0;
  double shift_spread = 0;
  double noise_factor = 1.5;
  double incoming_factor = 0.2;
  std::int64_t labels_per_latent = 1;
  std::int64_t null_labels = 0;
  double off_targets = 0;
  // genes
  std::int64_t n_genes = 200;
  std::string loadings = "programs";
  std::string mixing = "linear";
  std::int64_t genes_per_program = 25;
  double noise = 0.3;
  std::string observation = "gaussian";
  bool negative_values = false;
  double library_size = 5000, library_spread = 0.3, measured_share = 1, baseline_spread = 1.5;
  double dispersion = 0.3, dropout = 0;
  bool raw_counts = false;
  // context
  double pathway_overlap = 1;
  std::int64_t decoy_pathways = -1;
  double edge_purity = 0.9;
  std::string context;

  std::int64_t seed = 0;

  std::int64_t n_labels() const { return n_latents * labels_per_latent + null_labels; }
  void bind(OptionTable& table);
  void validate() const;
};

/// The options of a preset: tiny, chain5, norman-like or replogle-like. Throws ConfigError for another name.
SimulateOptions simulate_preset(const std::string& name);

/// The files of a simulated screen.
struct SimulatedFolder {
  std::filesystem::path path;
  std::filesystem::path screen() const { return path / "screen.h5ad"; }
  std::filesystem::path network() const { return path / "network"; }
  std::filesystem::path truth() const { return path / "truth.json"; }
};

/// Writes screen.h5ad, network/ (pathways.gmt, pathway_relations.txt, protein_edgelist.txt) and truth.json into
/// `folder` (docs/formats.md). The same seed gives the same bytes for any number of threads. Cells are written in
/// blocks: memory for the truth and a few thousand cells.
/// @throws ConfigError options that contradict each other; IoError; Interrupted after Ctrl-C (no screen is left
/// behind).
void simulate_screen(const std::filesystem::path& folder, const SimulateOptions& options);

}  // namespace gracevae::impl
