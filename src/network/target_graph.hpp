#pragma once
/// @file The gene-gene graph in which every target of a screen has a place.
#include <string>
#include <vector>

#include "network/context_graph.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Protein interactions between the screen's genes and those of its targets that are not measured. Nodes without an
/// edge stand for targets that train; other genes without one are left out.
struct TargetGraph {
  std::vector<std::string> nodes;        ///< names, sorted
  CsrMatrix<double> neighbours;          ///< mean adjacency [n, n], as mean_adjacency gives it
  std::vector<std::int64_t> candidates;  ///< nodes that are targets of the screen, ascending
};

/// Which names are what, each sorted.
struct TargetNames {
  std::vector<std::string> candidates;  ///< targets of the screen
  std::vector<std::string> trained;     ///< those of them that keep their node even without an edge
};

/// Reads the protein interactions. `near_targets`: only candidates and their neighbours, and the edges among these.
/// `screen` as in
/// build_context_graph. ConfigError when there is no such file, InputError when no edge reaches a gene or target.
/// @paper GraCE-VAE (intervention encoders on the gene-gene graph)
TargetGraph build_target_graph(const std::vector<std::string>& genes, const TargetNames& targets,
                               const NetworkOptions& options, bool near_targets, const Screen* screen = nullptr);

}  // namespace gracevae::impl
