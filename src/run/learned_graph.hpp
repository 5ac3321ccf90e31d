#pragma once
/// @file latents.json: what a run learned of labels and latent graph.
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
  std::string source;  ///< the file
  std::string model, mechanism, intervention;
  bool identified = false;  ///< whether data can tell one graph of this mechanism from another
  double tau = 1;
  std::vector<Label> labels;
  std::vector<double> noise_sd;  ///< [d] of the latents' exogenous noise
  Matrix<double> graph;    ///< [d, d] row parent, column child, as the model has it, latents from causes to effects
  Matrix<double> weights;  ///< the same in units of the noise of both: G_ij·sd_i/sd_j
  /// |weight| from which an edge counts, chosen without any truth
  std::optional<double> threshold;
  std::string threshold_rule;
  nlohmann::ordered_json start = nlohmann::ordered_json::object();        ///< where the weights began
  nlohmann::ordered_json diagnostics = nlohmann::ordered_json::object();  ///< of the last epoch (run/diagnostics.hpp)
  std::vector<std::string> warnings;

  std::int64_t n_latents() const { return weights.n_rows; }
};

/// Writes latents.json; `source` and `weights` are no part of it.
/// @test tests/unit/run/learned_graph_test.cpp
void write_learned_graph(const std::filesystem::path& file, const LearnedGraph& learned);

/// Reads latents.json. IoError when the run has none (it is of an older version, or not finished), InputError when it
/// is malformed: another format, a graph that is not square or has an edge against the order of latents, a latent out
/// of range.
LearnedGraph read_learned_graph(const std::filesystem::path& file);

/// Its warnings alone.
std::vector<std::string> read_latent_warnings(const std::filesystem::path& file);

/// InputError unless a latent is in [0, n).
void require_latent(std::int64_t latent, std::int64_t n, const std::string& source);

}  // namespace gracevae::impl
