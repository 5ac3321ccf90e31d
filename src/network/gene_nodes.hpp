#pragma once
/// @file Mapping names of the network's files to nodes of the context graph. Only for src/network.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "screen/aliases.hpp"

namespace gracevae::impl {

/// The kinds of files that make up a context graph.
enum class NetworkRole { gene_sets, interactions, relations };

/// The names of one file, and how many of them are nodes.
struct PartNames {
  NetworkRole role = NetworkRole::gene_sets;
  std::filesystem::path file;
  std::int64_t n_names = 0, n_found = 0;        ///< distinct names
  std::int64_t n_nodes = 0, n_nodes_found = 0;  ///< genes of the screen, or gene sets; those that are named
  std::int64_t n_by_table = 0;                  ///< names that the table of ids found
  std::vector<std::string> missing;             ///< names without a node, in file order

  /// The larger of two shares: of the file's names that are nodes, and of the nodes that the file names (a panel of 300
  /// genes names few of all proteins).
  double share() const;
};

/// Looks up each name of a file once, and counts.
class NodeFinder {
 public:
  explicit NodeFinder(std::int64_t n_nodes) : n_nodes_(n_nodes) {}
  virtual ~NodeFinder() = default;
  NodeFinder(const NodeFinder&) = delete;
  NodeFinder& operator=(const NodeFinder&) = delete;

  /// The names from here on are those of this file.
  void begin(NetworkRole role, const std::filesystem::path& file);
  /// −1 for no node, also for pathways without a measured gene, which the graph leaves out.
  std::int32_t find(std::string_view name);
  PartNames end();

 protected:
  struct Found {
    std::int64_t key = -1;   ///< which of the nodes, −1 for none
    std::int32_t node = -1;  ///< its index in the graph
    bool by_table = false;
  };
  virtual Found look_up(const std::string& name) = 0;

 private:
  struct Hash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::int64_t n_nodes_;
  PartNames part_;
  std::vector<bool> reached_;
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> seen_;
};

/// Looks up genes by the names in the network's files, with a record of what aliases changed.
class GeneNodes : public NodeFinder {
 public:
  /// All must outlive it; `aliases` and `table` (ids and symbols, looked up last) may be nullptr.
  GeneNodes(const std::vector<std::string>& genes, const GeneAliases* aliases, const GeneAliases* table);
  const AliasUse& use() const { return use_; }

 private:
  Found look_up(const std::string& name) override;
  void record(const std::string& name, std::int64_t node);

  const std::vector<std::string>& genes_;
  const GeneAliases* aliases_;
  const GeneAliases* table_;
  GeneIndex index_;
  AliasUse use_;
};

/// One gene set of the files.
struct PathwayPlace {
  std::string id, name;
  std::int32_t node = -1;  ///< −1: not in the graph
};

/// The nodes of pathways, by id; else by an id in the name ("Apoptosis R-HSA-109581", "apoptosis (GO:0006915)"), else
/// by the name, if it is unique.
class PathwayNodes : public NodeFinder {
 public:
  explicit PathwayNodes(const std::vector<PathwayPlace>& places);

 private:
  Found look_up(const std::string& name) override;

  const std::vector<PathwayPlace>& places_;
  std::unordered_map<std::string, std::int64_t> place_of_;
};

}  // namespace gracevae::impl
