#pragma once
/// @file The latent graph as a drawing takes it, and whether it says anything.
#include <optional>
#include <string>
#include <vector>

#include "explain/programs.hpp"
#include "run/learned_graph.hpp"

namespace gracevae::impl {

struct ProgramGraph {
  struct Edge {
    std::int64_t from = 0, to = 0;
    double weight = 0;                ///< in units of the noise of both: G_ij·sd_i/sd_j
    double raw_weight = 0;            ///< as the model has it
    std::optional<double> frequency;  ///< share of the runs that have it between the programs' labels
  };
  std::int64_t n_nodes = 0;
  std::vector<Edge> edges;  ///< all that are not zero, largest |weight| first
  std::optional<double> threshold;
  std::string threshold_rule;
  bool noise = false;                ///< no more than noise: `reasons` say why
  std::vector<std::string> reasons;  ///< plain sentences

  /// Those with |weight| from the threshold; all without one.
  std::vector<Edge> kept() const;
};

/// `threshold` 0: the run's own. An edge's frequency is the largest of `consensus` (of several runs,
/// evaluate/consensus.hpp; nullptr for one) over labels that the two programs are the main target of. Whether it is no
/// more than noise: judge_graph (run/graph_verdict.hpp), with the edges that half of the runs or more have.
/// `random_start`: whether G began as random numbers.
/// @test tests/unit/explain/program_graph_test.cpp
ProgramGraph program_graph(const LearnedGraph& learned, double threshold, bool random_start,
                           const nlohmann::ordered_json* consensus = nullptr);

/// GraphML, with names, labels, weights and frequencies, for Cytoscape, Gephi, igraph, NetworkX.
std::string to_graphml(const ProgramGraph& graph, const std::vector<Program>& programs);
/// For Graphviz; programs without an edge are left out.
std::string to_dot(const ProgramGraph& graph, const std::vector<Program>& programs);
/// Simple interaction format: "p0 activates p3"; programs without an edge stand alone on their line.
std::string to_sif(const ProgramGraph& graph);
/// {"nodes": [{id, program, name, labels}], "edges": [{source, target, weight, raw_weight, frequency}], …}
nlohmann::ordered_json to_json(const ProgramGraph& graph, const std::vector<Program>& programs);

}  // namespace gracevae::impl
