#include "network/context_graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "io/gene_sets.hpp"
#include "screen/gene_names.hpp"

namespace gracevae {

namespace {

using Edges = std::vector<std::pair<std::int32_t, std::int32_t>>;

/// The genes' nodes by the names of the network's files, and what aliases did on the way.
class GeneNodes {
 public:
  GeneNodes(const std::vector<std::string>& genes, const GeneAliases* aliases)
      : genes_(genes), aliases_(aliases), index_(genes, aliases) {}

  /// −1 for no gene of the screen.
  std::int32_t find(const std::string& name) {
    const std::int64_t node = index_.find(name);
    if (aliases_) record(name, node);
    return static_cast<std::int32_t>(node);
  }
  const AliasUse& use() const { return use_; }

 private:
  void record(const std::string& name, std::int64_t node) {
    if (node >= 0) {
      if (const std::string& gene = genes_[static_cast<std::size_t>(node)]; gene != name) use_.read_as[name] = gene;
    } else if (aliases_->is_ambiguous(name) && !use_.not_applied.contains(name)) {
      std::vector<std::string> others = aliases_->others_of(name);
      const auto is_gene = [&](const std::string& other) { return index_.find(other) >= 0; };
      if (std::any_of(others.begin(), others.end(), is_gene)) use_.not_applied[name] = std::move(others);
    }
  }

  const std::vector<std::string>& genes_;
  const GeneAliases* aliases_;
  GeneIndex index_;
  AliasUse use_;
};

/// The nodes of pathways, by id.
class PathwayNodes {
 public:
  explicit PathwayNodes(const ContextGraph& graph) {
    nodes_.reserve(graph.pathway_ids.size());
    for (std::size_t i = 0; i < graph.pathway_ids.size(); ++i)
      nodes_.emplace(graph.pathway_ids[i], static_cast<std::int32_t>(graph.n_genes + static_cast<std::int64_t>(i)));
  }
  std::int32_t find(const std::string& id) const {
    const auto found = nodes_.find(id);
    return found == nodes_.end() ? -1 : found->second;
  }

 private:
  std::unordered_map<std::string_view, std::int32_t> nodes_;
};

void add_edge(Edges& edges, std::int32_t a, std::int32_t b) {
  if (a != b) edges.emplace_back(std::min(a, b), std::max(a, b));
}

void sort_unique(Edges& edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
}

/// Edges of pairs whose two names are both nodes.
template <class Nodes>
Edges edges_of_pairs(const std::filesystem::path& file, Nodes& nodes) {
  Edges edges;
  if (file.empty()) return edges;
  for (const auto& [a, b] : read_pairs(file)) {
    const std::int32_t first = nodes.find(a), second = nodes.find(b);
    if (first >= 0 && second >= 0) add_edge(edges, first, second);
  }
  sort_unique(edges);
  return edges;
}

/// Adds pathway nodes (only those with a measured gene unless `all_pathways`) to `graph` and returns their edges to
/// genes.
Edges add_pathways(ContextGraph& graph, const std::filesystem::path& file, GeneNodes& genes, bool all_pathways) {
  Edges edges;
  for (auto& set : read_gmt(file)) {
    const auto node = static_cast<std::int32_t>(graph.n_nodes());
    const std::size_t n_before = edges.size();
    for (const auto& gene : set.genes)
      if (const std::int32_t found = genes.find(gene); found >= 0) add_edge(edges, found, node);
    if (!all_pathways && edges.size() == n_before) continue;
    graph.pathway_ids.push_back(std::move(set.id));
    graph.pathway_names.push_back(std::move(set.name));
  }
  sort_unique(edges);
  return edges;
}

/// Replaces a share of the edges by random pairs of nodes that are not joined; counts the kinds anew.
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
    throw ConfigError(fmt::format("--level {} needs {}, but no such file was given", level, what),
                      fmt::format("give {} or --network{}", flag, other));
  };
  if (level == "gg") {
    if (files.edges.empty()) missing("protein interactions", "--edges", "");
    return;
  }
  if (files.gmt.empty()) missing("gene sets", "--gmt", files.edges.empty() ? "" : ", or --level gg");
  if (files.edges.empty())
    log::warning("network: no protein interactions were given (--edges): the context graph has no gene-gene edges");
  if (files.relations.empty() && level != "gg+pg")
    log::warning(
        "network: no pathway relations were given (--relations): the context graph has no pathway-pathway edges");
}

/// Names of genes in the files.
std::vector<std::string> names_in(const NetworkFiles& files) {
  std::vector<std::string> names;
  if (!files.gmt.empty())
    for (const GeneSet& set : read_gmt(files.gmt)) names.insert(names.end(), set.genes.begin(), set.genes.end());
  if (!files.edges.empty())
    for (const auto& [a, b] : read_pairs(files.edges)) names.insert(names.end(), {a, b});
  return names;
}

std::string in_capitals(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

/// Two names that differ in letter case alone: "'Klf1' here, 'KLF1' there"; "" when there are none.
std::string same_but_for_case(const std::vector<std::string>& genes, const std::vector<std::string>& names) {
  std::unordered_map<std::string, const std::string*> gene_of;
  for (const auto& gene : genes) gene_of.emplace(in_capitals(gene), &gene);
  for (const auto& name : names)
    if (const auto found = gene_of.find(in_capitals(name)); found != gene_of.end())
      return fmt::format("'{}' here, '{}' there", *found->second, name);
  return "";
}

[[noreturn]] void throw_no_overlap(const std::vector<std::string>& genes, const NetworkFiles& files,
                                   const Screen* screen) {
  std::string places;
  for (const auto& file : {files.gmt, files.edges})
    if (!file.empty()) places += (places.empty() ? "" : " and ") + file.string();
  const std::string found =
      fmt::format("{}: no edge reaches any of the screen's {} genes ({}, …)", places, genes.size(),
                  fmt::join(std::span(genes).first(std::min<std::size_t>(genes.size(), 3)), ", "));
  const std::vector<std::string> names = names_in(files);
  const NameMismatch mismatch = screen ? name_mismatch(*screen, names, "names there") : NameMismatch{};
  if (!mismatch.found.empty()) throw InputError(fmt::format("{}: {}", found, mismatch.found), mismatch.hint);
  if (const std::string same = same_but_for_case(genes, names); !same.empty())
    throw InputError(fmt::format("{}, but for letter case ({})", found, same),
                     "are these two species, as mouse and human? Take networks of the screen's species, or rename one");
  throw InputError(
      found,
      "are these symbols in one place and Ensembl ids in the other, or two species? --gene-column names another "
      "column of var, --aliases a table of names");
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
  GeneNodes gene_nodes(genes, aliases);
  graph.edges = edges_of_pairs(files.edges, gene_nodes);
  graph.n_gg = static_cast<std::int64_t>(graph.edges.size());
  const auto append = [&](const Edges& edges) {
    graph.edges.insert(graph.edges.end(), edges.begin(), edges.end());
    return static_cast<std::int64_t>(edges.size());
  };
  if (has_pathways) graph.n_pg = append(add_pathways(graph, files.gmt, gene_nodes, options.level == "full"));
  if (has_relations) {
    const PathwayNodes pathway_nodes(graph);
    graph.n_pp = append(edges_of_pairs(files.relations, pathway_nodes));
  }
  if (graph.n_gg + graph.n_pg == 0) throw_no_overlap(genes, files, screen);
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

}  // namespace gracevae
