#pragma once
/// @file A known latent graph, to compare a learned one with.
#include <filesystem>
#include <string>
#include <vector>

#include "run/learned_graph.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// The latent graph that made a simulated screen.
struct KnownGraph {
  struct Label {
    std::string label;
    std::vector<std::int64_t> latents;  ///< those that it shifts; none for a label without an effect
    std::vector<double> shifts;
  };
  std::string source;
  Matrix<double> weights;  ///< [d, d] row parent, column child, the latents' own numbers, in no special order
  std::vector<Label> labels;
  Matrix<float> u;  ///< [n_cells, d] latents of the cells named in `cells`; empty when not known
  std::vector<std::string> cells;

  std::int64_t n_latents() const { return weights.n_rows; }
  std::int64_t n_edges() const;
};

/// Reads truth.json of `gracevae simulate` (latents of the cells from obsm/u of screen.h5ad beside it, when that is
/// there), or an .h5ad with uns/true_latent_graph, whose labels are then the numbers of the latents, with a positive
/// shift on them. InputError naming what is missing, for a graph with a cycle, and for a truth.json of a version before
/// gracevae-simulation/2.
KnownGraph read_known_graph(const std::filesystem::path& file);

}  // namespace gracevae::impl
