#pragma once
/// @file The context graph of genes and pathways that conditions the encoder.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/matrix.hpp"
#include "base/options.hpp"
#include "screen/screen.hpp"

namespace gracevae {

/// Section [network].
struct NetworkOptions {
  std::string network;         ///< a folder: *.gmt, *relation*.txt and *edgelist*.txt or ppi as a word in a .txt's name
                               ///< (letter case aside) are looked for in it and one folder below
  std::string gmt;             ///< pathway membership; overrides what is found in the folder
  std::string relations;       ///< parent and child pathways
  std::string edges;           ///< protein interactions
  std::string level = "full";  ///< gg, gg+pg, gg+pg+pp, full
  double corrupt = 0;          ///< share of the edges replaced at random
  std::int64_t corrupt_seed = 0;

  void bind(OptionTable& table);
  bool empty() const { return network.empty() && gmt.empty() && relations.empty() && edges.empty(); }
};

/// Files of a context graph; empty path = none.
struct NetworkFiles {
  std::filesystem::path gmt, relations, edges;
};
/// Resolves the folder and the overrides. ConfigError: no such folder, nothing found in it, several candidates for one
/// role (named). IoError: an override that cannot be read.
/// `flag`: the option that named the folder, for messages.
NetworkFiles find_network_files(const NetworkOptions& options, std::string_view flag = "--network");

/// Nodes 0 … n_genes−1 are the screen's genes, then the pathways. Undirected edges i < j, sorted, without loops or
/// repeats.
struct ContextGraph {
  std::int64_t n_genes = 0;
  std::vector<std::string> pathway_ids, pathway_names;
  std::vector<std::pair<std::int32_t, std::int32_t>> edges;
  std::int64_t n_gg = 0, n_pg = 0, n_pp = 0;  ///< edges of each kind
  std::int64_t n_genes_with_edges = 0;
  std::string level;
  std::string names_how;  ///< what --aliases did to the files' names, in one line; "" = nothing

  std::int64_t n_pathways() const { return static_cast<std::int64_t>(pathway_ids.size()); }
  std::int64_t n_nodes() const { return n_genes + n_pathways(); }
};

/// Builds the graph over `genes` at the asked level. Names of the files that are no gene are looked up without an
/// Ensembl id's version, and among the aliases of `screen`, whose genes these are. InputError when no edge reaches a
/// gene (with what the names are on either side, as name_mismatch words it for the screen, or whether letter case
/// parts them). ConfigError when the level's main file is missing: protein interactions for gg, gene sets
/// for the others; other missing files are a warning and leave their edges out. Cost: linear in the files.
/// With `corrupt` a random share of all edges, rounded, is taken out and as many pairs of nodes that are not joined by
/// then are put in, each pair as likely as any other; `corrupt_seed` decides which.
/// @paper GraCE-VAE (context graph, edge counts)
ContextGraph build_context_graph(const std::vector<std::string>& genes, const NetworkOptions& options,
                                 const Screen* screen = nullptr);

/// Neighbour lists as a CSR over directed edges: row i = neighbours j of node i, ascending; value 1/degree(i), so that
/// a product with it is the mean over neighbours, and 0 rows where a node has none. [n_nodes, n_nodes]
CsrMatrix<double> mean_adjacency(const ContextGraph& graph);

/// The neighbours of a node that are genes: they stand first in its row.
std::span<const std::int32_t> gene_neighbours(const CsrMatrix<double>& neighbours, std::int64_t node,
                                              std::int64_t n_genes);

/// D̂^{-1/2}(A + I)D̂^{-1/2} of the graph whose pattern this is, D̂ the degrees with self loops.
/// @paper GraCE-VAE (encoder, GCN)
CsrMatrix<double> convolution_matrix(const CsrMatrix<double>& neighbours);

/// L [n_genes, n_genes] of the E gene-gene edges of a context graph whose neighbours these are: Σ_g w_g·(L w)_g is the
/// mean over these edges of (w_i − w_j)². Degree/E on the diagonal, −1/E at neighbours; no entries without edges.
/// @paper GraCE-VAE (objective, smoothness)
/// @test tests/unit/network/context_graph_test.cpp, tests/unit/model/models_test.cpp
CsrMatrix<double> gene_laplacian(const CsrMatrix<double>& neighbours, std::int64_t n_genes);

}  // namespace gracevae
