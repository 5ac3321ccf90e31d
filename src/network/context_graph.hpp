#pragma once
/// @file The context graph of genes and pathways that conditions the encoder.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/options.hpp"
#include "screen/screen.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Section [network].
struct NetworkOptions {
  std::string network;    ///< a folder: *.gmt and *.gmt.txt, *relation*.txt, and edge lists (*edgelist*, ppi as a
                          ///< word, *.sif, files as STRING and BioGRID name them) are looked for in it and one
                          ///< folder below, in any letter case, plain or gzip
  std::string gmt;        ///< pathway membership, files separated by commas; overrides what is found in the folder
  std::string relations;  ///< parent and child pathways
  std::string edges;      ///< protein interactions
  double edge_score = 0;  ///< least score of an interaction; 0 = all are taken
  std::string edge_score_column;  ///< "" = found
  std::string edge_info;  ///< ids and symbols (STRING's protein.info, or two columns) for the names of edges and gene
                          ///< sets; "" = *protein.info* beside the edges
  bool allow_empty = false;    ///< a file without a known name is only a warning
  std::string level = "full";  ///< gg, gg+pg, gg+pg+pp, full
  double corrupt = 0;          ///< share of the edges replaced at random
  std::int64_t corrupt_seed = 0;

  void bind(OptionTable& table);
  bool empty() const { return network.empty() && gmt.empty() && relations.empty() && edges.empty(); }
  /// So that they name the same files from any working directory.
  void make_paths_absolute();
};

/// The files of a comma-separated list. An existing file whose name has commas counts as one.
std::vector<std::filesystem::path> file_list(const std::string& list);

/// Files of a context graph; none: empty.
struct NetworkFiles {
  std::vector<std::filesystem::path> gmt;
  std::filesystem::path relations, edges, edge_info;
};
/// Resolves the folder and the overrides. All .gmt of a folder are taken. ConfigError: no such folder, nothing found in
/// it, several candidates for one of the other roles (named). IoError: an override that cannot be read.
/// `flag`: the option that named the folder, for messages.
NetworkFiles find_network_files(const NetworkOptions& options, std::string_view flag = "network.network");

/// Names of genes in the files of a network, sorted: of gene sets and interactions, and for those in the table of
/// `edge_info` its symbols instead. Errors as find_network_files and the readers of the files.
std::vector<std::string> gene_names_in(const NetworkOptions& options);
/// The options with the network's names as further targets that labels may have (ScreenOptions::more_targets); without
/// a network as they are.
ScreenOptions with_names_of(const NetworkOptions& network, ScreenOptions screen);

/// Nodes 0 … n_genes−1 are the screen's genes, then the pathways. Undirected edges i < j, sorted, without loops or
/// repeats.
struct ContextGraph {
  std::int64_t n_genes = 0;
  std::vector<std::string> pathway_ids, pathway_names;
  std::vector<std::pair<std::int32_t, std::int32_t>> edges;
  std::int64_t n_gg = 0, n_pg = 0, n_pp = 0;  ///< edges of each kind
  std::int64_t n_genes_with_edges = 0;
  std::string level;
  std::string names_how;              ///< how --aliases changed the files' names, in one line; "" = not at all
  std::vector<std::string> notes;     ///< how unusual files were read, a sentence each
  std::vector<std::string> warnings;  ///< files with few known names, and what their names look like

  std::int64_t n_pathways() const { return static_cast<std::int64_t>(pathway_ids.size()); }
  std::int64_t n_nodes() const { return n_genes + n_pathways(); }
};

/// Builds the graph over `genes` at the asked level. Names that are not genes are looked up without an Ensembl id's
/// version, among the aliases of `screen` (whose genes these are), and in the table of `edge_info`. Throws InputError
/// if no edge reaches a gene and, unless `allow_empty`, if none of a file's names is known, or few are and most differ
/// from the genes in letter case alone (another species); the message shows both sides' names. If less than a tenth is
/// known, `warnings` says so. A gene set's id may be the end of its name for relations ("Apoptosis R-HSA-109581").
/// Throws ConfigError if the level's main file is missing (protein interactions for gg, gene sets for the others);
/// other missing files are a warning, and the graph lacks their edges. Edges are undirected: signs and directions
/// (io/edge_list.hpp) are not used. Cost: linear in the files. With `corrupt`, that share of all edges (rounded) is
/// removed at random and as many unconnected pairs of nodes are joined, each pair with equal probability;
/// `corrupt_seed` is the seed.
/// @paper GraCE-VAE (context graph, edge counts)
ContextGraph build_context_graph(const std::vector<std::string>& genes, const NetworkOptions& options,
                                 const Screen* screen = nullptr);

/// Neighbour lists as a CSR over directed edges: row i = neighbours j of node i, ascending; value 1/degree(i), so that
/// a product with it is the mean over neighbours; rows of isolated nodes are empty. [n_nodes, n_nodes]
CsrMatrix<double> mean_adjacency(const ContextGraph& graph);

/// The neighbours of a node that are genes: the first ones of its row.
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

}  // namespace gracevae::impl
