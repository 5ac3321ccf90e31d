#pragma once
/// @file The gene-gene graph that contains every target of a screen.
#include <string>
#include <vector>

#include "network/context_graph.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Protein interactions between the screen's genes and its unmeasured targets. Isolated nodes are kept only for
/// training targets.
struct TargetGraph {
  std::vector<std::string> nodes;        ///< names, sorted
  CsrMatrix<double> neighbours;          ///< mean adjacency [n, n], as mean_adjacency gives it
  std::vector<std::int64_t> candidates;  ///< nodes that are targets of the screen, ascending
};

/// The names that the graph is built for, each list sorted.
struct TargetNames {
  std::vector<std::string> candidates;  ///< targets of the screen
  std::vector<std::string> trained;     ///< those of them that keep their node even if isolated
};

/// Reads the protein interactions. `near_targets`: only candidates and their neighbours, and the edges among these.
/// `screen` as in build_context_graph. Throws ConfigError if there is no such file, InputError if no edge reaches a
/// gene or target.
/// @paper GraCE-VAE (intervention encoders on the gene-gene graph)
TargetGraph build_target_graph(const std::vector<std::string>& genes, const TargetNames& targets,
                               const NetworkOptions& options, bool near_targets, const Screen* screen = nullptr);

}  // namespace gracevae::impl
