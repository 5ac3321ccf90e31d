#include "network/context_graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "io/edge_list.hpp"
#include "io/gene_sets.hpp"
#include "network/gene_nodes.hpp"
#include "network/name_check.hpp"

namespace gracevae::impl {

namespace {

using Edges = std::vector<std::pair<std::int32_t, std::int32_t>>;

std::string paths_text(const std::vector<std::filesystem::path>& paths) {
  std::string text;
  for (const auto& path : paths) text += (text.empty() ? "" : " and ") + path.string();
  return text;
}

void add_edge(Edges& edges, std::int32_t a, std::int32_t b) {
  if (a != b) edges.emplace_back(std::min(a, b), std::max(a, b));
}

void sort_unique(Edges& edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
}

/// Reads the files of one graph and collects notes and warnings about them.
class GraphFiles {
 public:
  GraphFiles(const NetworkOptions& options, const NetworkFiles& files, ContextGraph& graph)
      : options_(options), files_(files), graph_(graph) {}

  /// Interactions between two genes.
  Edges interactions(GeneNodes& genes) {
    return edges_of(files_.edges, NetworkRole::interactions,
                    {.least_score = options_.edge_score, .score_column = options_.edge_score_column}, genes);
  }

  /// Relations between two pathways of the graph.
  Edges relations(const std::vector<PathwayPlace>& places) {
    PathwayNodes nodes(places);
    return edges_of(files_.relations, NetworkRole::relations, {}, nodes);
  }

  /// Adds pathway nodes (only those with a measured gene unless `all_pathways`) to the graph and returns their edges to
  /// genes. `places` gets every gene set.
  Edges pathways(GeneNodes& genes, bool all_pathways, std::vector<PathwayPlace>& places) {
    Edges edges;
    for (GmtFile& file : read_gmt_files(files_.gmt)) {
      note(file.how);
      genes.begin(NetworkRole::gene_sets, file.path);
      for (GeneSet& set : file.sets) {
        const auto node = static_cast<std::int32_t>(graph_.n_nodes());
        const std::size_t n_before = edges.size();
        for (const auto& gene : set.genes)
          if (const std::int32_t found = genes.find(gene); found >= 0) add_edge(edges, found, node);
        places.push_back({set.id, set.name, -1});
        if (!all_pathways && edges.size() == n_before) continue;
        places.back().node = node;
        graph_.pathway_ids.push_back(std::move(set.id));
        graph_.pathway_names.push_back(std::move(set.name));
      }
      end(genes);
    }
    if (files_.gmt.size() > 1)
      note(fmt::format("{} files of gene sets: {}", files_.gmt.size(), paths_text(files_.gmt)));
    sort_unique(edges);
    return edges;
  }

  const std::vector<PartNames>& parts() const { return parts_; }

 private:
  Edges edges_of(const std::filesystem::path& file, NetworkRole role, const EdgeListOptions& options,
                 NodeFinder& nodes) {
    Edges edges;
    if (file.empty()) return edges;
    nodes.begin(role, file);
    const EdgeListSummary summary = for_each_edge(file, options, [&](const Edge& edge) {
      const std::int32_t first = nodes.find(edge.from), second = nodes.find(edge.to);
      if (first >= 0 && second >= 0) add_edge(edges, first, second);
    });
    if (!summary.plain) note(summary.how);
    end(nodes);
    sort_unique(edges);
    return edges;
  }

  void end(NodeFinder& nodes) {
    parts_.push_back(nodes.end());
    if (const PartNames& part = parts_.back(); part.n_by_table > 0)
      note(fmt::format("{}: {} of its {} names are read by {}", part.file.string(), part.n_by_table, part.n_names,
                       files_.edge_info.string()));
  }

  void note(std::string text) {
    if (!text.empty()) graph_.notes.push_back(std::move(text));
  }

  const NetworkOptions& options_;
  const NetworkFiles& files_;
  ContextGraph& graph_;
  std::vector<PartNames> parts_;
};

/// Replaces a share of the edges by random pairs of unconnected nodes and recounts the kinds.
void corrupt_edges(ContextGraph& graph, double share, std::uint64_t seed) {
  Random random(seed, "network/corrupt");
  const auto n_edges = graph.edges.size();
  random.shuffle(graph.edges);
  graph.edges.resize(n_edges - static_cast<std::size_t>(std::llround(share * static_cast<double>(n_edges))));
  std::set<std::pair<std::int32_t, std::int32_t>> joined(graph.edges.begin(), graph.edges.end());
  const auto n_nodes = static_cast<std::uint64_t>(graph.n_nodes());
  while (joined.size() < n_edges) {
    const auto a = static_cast<std::int32_t>(random.below(n_nodes)),
               b = static_cast<std::int32_t>(random.below(n_nodes));
    if (a != b) joined.emplace(std::min(a, b), std::max(a, b));
  }
  graph.edges.assign(joined.begin(), joined.end());
  graph.n_gg = graph.n_pg = graph.n_pp = 0;
  for (const auto& [a, b] : graph.edges)
    ++(b < graph.n_genes ? graph.n_gg : a < graph.n_genes ? graph.n_pg : graph.n_pp);
}

std::int64_t count_genes_with_edges(const ContextGraph& graph) {
  std::vector<bool> touched(static_cast<std::size_t>(graph.n_nodes()), false);
  for (const auto& [a, b] : graph.edges)
    touched[static_cast<std::size_t>(a)] = touched[static_cast<std::size_t>(b)] = true;
  return std::count(touched.begin(), touched.begin() + graph.n_genes, true);
}

void check_files(const NetworkFiles& files, const std::string& level) {
  const auto missing = [&](std::string_view what, std::string_view flag, std::string_view other) {
    throw ConfigError(fmt::format("network.level {} needs {}, but no such file was given", level, what),
                      fmt::format("give {} or network.network{}", flag, other));
  };
  if (level == "gg") {
    if (files.edges.empty()) missing("protein interactions", "network.edges", "");
    return;
  }
  if (files.gmt.empty()) missing("gene sets", "network.gmt", files.edges.empty() ? "" : ", or network.level gg");
  if (files.edges.empty())
    log::warning(
        "network: no protein interactions were given (network.edges): the context graph has no gene-gene edges");
  if (files.relations.empty() && level != "gg+pg")
    log::warning(
        "network: no pathway relations were given (network.relations): the context graph has no pathway-pathway edges");
}

[[noreturn]] void throw_no_edges(const std::vector<std::string>& genes, const NetworkFiles& files,
                                 const std::vector<std::string>& warnings) {
  std::vector<std::filesystem::path> places = files.gmt;
  if (!files.edges.empty()) places.push_back(files.edges);
  throw InputError(
      {.place = paths_text(places),
       .found = fmt::format("no edge reaches any of the screen's {} genes ({}{}){}{}", genes.size(),
                            fmt::join(std::span(genes).first(std::min<std::size_t>(genes.size(), 3)), ", "),
                            genes.size() > 3 ? ", …" : "", warnings.empty() ? "" : "; ", fmt::join(warnings, "; "))},
      "names are matched by letter and case: are the files of the screen's species, and their names those "
      "of its genes? screen.gene_column names another column of var, screen.aliases a table of names");
}

}  // namespace

ContextGraph build_context_graph(const std::vector<std::string>& genes, const NetworkOptions& options,
                                 const Screen* screen) {
  NetworkFiles files = find_network_files(options);
  check_files(files, options.level);
  const bool has_pathways = options.level != "gg";
  if (!has_pathways) files.gmt.clear();
  const bool has_relations = options.level == "gg+pg+pp" || options.level == "full";

  ContextGraph graph;
  graph.n_genes = static_cast<std::int64_t>(genes.size());
  graph.level = options.level;
  const GeneAliases* aliases = screen ? screen->aliases.get() : nullptr;
  std::optional<GeneAliases> table;
  if (!files.edge_info.empty()) table.emplace(files.edge_info);
  GeneNodes gene_nodes(genes, aliases, table ? &*table : nullptr);
  GraphFiles reader(options, files, graph);
  graph.edges = reader.interactions(gene_nodes);
  graph.n_gg = static_cast<std::int64_t>(graph.edges.size());
  const auto append = [&](const Edges& edges) {
    graph.edges.insert(graph.edges.end(), edges.begin(), edges.end());
    return static_cast<std::int64_t>(edges.size());
  };
  std::vector<PathwayPlace> places;
  if (has_pathways) graph.n_pg = append(reader.pathways(gene_nodes, options.level == "full", places));
  if (has_relations) graph.n_pp = append(reader.relations(places));
  graph.warnings = check_names(
      reader.parts(),
      {.genes = genes, .screen = screen, .n_gg = graph.n_gg, .n_pg = graph.n_pg, .allow_empty = options.allow_empty});
  if (graph.n_gg + graph.n_pg == 0) throw_no_edges(genes, files, graph.warnings);
  if (aliases) graph.names_how = use_text(gene_nodes.use(), "names of the networks", aliases->source());
  std::sort(graph.edges.begin(), graph.edges.end());
  if (options.corrupt > 0) corrupt_edges(graph, options.corrupt, static_cast<std::uint64_t>(options.corrupt_seed));
  graph.n_genes_with_edges = count_genes_with_edges(graph);
  return graph;
}

CsrMatrix<double> mean_adjacency(const ContextGraph& graph) {
  const auto n = static_cast<std::size_t>(graph.n_nodes());
  CsrMatrix<double> matrix;
  matrix.n_rows = matrix.n_cols = graph.n_nodes();
  matrix.indptr.assign(n + 1, 0);
  for (const auto& [a, b] : graph.edges) {
    ++matrix.indptr[static_cast<std::size_t>(a) + 1];
    ++matrix.indptr[static_cast<std::size_t>(b) + 1];
  }
  for (std::size_t i = 0; i < n; ++i) matrix.indptr[i + 1] += matrix.indptr[i];
  matrix.indices.resize(2 * graph.edges.size());
  matrix.values.resize(2 * graph.edges.size());
  std::vector<std::int64_t> next(matrix.indptr.begin(), matrix.indptr.end() - 1);
  // Edges are sorted, so a row gets its smaller neighbours (as b of earlier edges) before its larger ones (as a), both
  // ascending.
  const auto put = [&](std::int32_t i, std::int32_t j) {
    const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(i)]++);
    matrix.indices[at] = j;
    matrix.values[at] = 1.0 / static_cast<double>(matrix.row_size(i));
  };
  for (const auto& [a, b] : graph.edges) put(b, a);
  for (const auto& [a, b] : graph.edges) put(a, b);
  return matrix;
}

std::span<const std::int32_t> gene_neighbours(const CsrMatrix<double>& neighbours, std::int64_t node,
                                              std::int64_t n_genes) {
  const auto all = neighbours.row_indices(node);
  return all.first(static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), n_genes) - all.begin()));
}

CsrMatrix<double> convolution_matrix(const CsrMatrix<double>& neighbours) {
  const auto root_degree = [&](std::int64_t i) { return std::sqrt(static_cast<double>(neighbours.row_size(i) + 1)); };
  CsrMatrix<double> result;
  result.n_rows = result.n_cols = neighbours.n_rows;
  for (std::int64_t i = 0; i < neighbours.n_rows; ++i) {
    const auto add = [&](std::int64_t j) {
      result.indices.push_back(static_cast<std::int32_t>(j));
      result.values.push_back(1 / (root_degree(i) * root_degree(j)));
    };
    bool self_added = false;
    for (const std::int32_t j : neighbours.row_indices(i)) {
      if (!self_added && j > i) {
        add(i);
        self_added = true;
      }
      add(j);
    }
    if (!self_added) add(i);
    result.indptr.push_back(static_cast<std::int64_t>(result.indices.size()));
  }
  return result;
}

CsrMatrix<double> gene_laplacian(const CsrMatrix<double>& neighbours, std::int64_t n_genes) {
  CsrMatrix<double> result;
  result.n_rows = result.n_cols = n_genes;
  std::int64_t n_ends = 0;
  for (std::int64_t i = 0; i < n_genes; ++i) {
    const auto genes = gene_neighbours(neighbours, i, n_genes);
    const auto above = std::lower_bound(genes.begin(), genes.end(), i) - genes.begin();
    const auto add = [&](std::int64_t j, double value) {
      result.indices.push_back(static_cast<std::int32_t>(j));
      result.values.push_back(value);
    };
    for (std::size_t k = 0; k <= genes.size() && !genes.empty(); ++k) {
      if (static_cast<std::ptrdiff_t>(k) == above) add(i, static_cast<double>(genes.size()));
      if (k < genes.size()) add(genes[k], -1);
    }
    n_ends += static_cast<std::int64_t>(genes.size());
    result.indptr.push_back(static_cast<std::int64_t>(result.indices.size()));
  }
  for (double& value : result.values) value /= static_cast<double>(n_ends) / 2;
  return result;
}

}  // namespace gracevae::impl
