#pragma once
/// @file A learned latent graph, and a known one to compare it with.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// What a run learned of its labels and latents (latents.json, docs/formats.md).
struct LearnedGraph {
  struct Label {
    std::string label;
    std::int64_t latent = 0;  ///< the latent that it hits most
    double sharpness = 0, shift = 0;
  };
  std::string source, mechanism;
  bool identified = false;  ///< whether data can tell one graph of this mechanism from another
  std::vector<Label> labels;
  Matrix<double> weights;  ///< [d, d] row parent, column child, in units of the noise of both: G_ij·sd_i/sd_j
  Matrix<double> graph;    ///< the same as the model has them, latents from causes to effects
  /// |weight| from which an edge counts, chosen without any truth
  std::optional<double> threshold;
  std::string threshold_rule;
  std::vector<std::string> warnings;
  nlohmann::ordered_json diagnostics;  ///< numbers of the last epoch, as history.jsonl has them

  std::int64_t n_latents() const { return weights.n_rows; }
};

/// Reads latents.json. IoError when the run has none (it is of an older version, or not finished), InputError when it
/// is malformed: another format, a graph that is not square or has an edge against the order of latents, a latent out
/// of range.
LearnedGraph read_learned_graph(const std::filesystem::path& file);

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
