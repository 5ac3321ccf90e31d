#pragma once
// A screen small enough to train on in a test.
#include <filesystem>

#include "run/run_options.hpp"
#include "simulate/simulate.hpp"

namespace gracevae::impl {

/// Three latents and labels, 30 genes, two doubles.
inline SimulateOptions tiny_simulation() {
  SimulateOptions options;
  options.n_latents = 3;
  options.n_genes = 30;
  options.n_control = 20;
  options.cells_per_single = 20;
  options.cells_per_double = 10;
  options.n_doubles = 2;
  options.genes_per_program = 6;
  return options;
}

/// Options that train on what `simulate_screen(folder, …)` wrote.
inline RunOptions options_on(const std::filesystem::path& folder) {
  RunOptions options;
  options.screen.file = (folder / "screen.h5ad").string();
  options.network.network = (folder / "network").string();
  return options;
}

}  // namespace gracevae::impl
