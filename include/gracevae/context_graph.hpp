#pragma once
/// @file The context graph of genes and pathways that conditions the encoder.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gracevae/screen.hpp>

namespace gracevae {

/// A pathway that the caller holds in memory.
struct Pathway {
  std::string id, name;
  std::vector<std::string> genes;
};
/// Networks that the caller holds in memory.
struct NetworkData {
  std::vector<Pathway> pathways;
  std::vector<std::pair<std::string, std::string>> pathway_relations;  ///< ids of parent and child
  std::vector<std::pair<std::string, std::string>> interactions;       ///< symbols of proteins
};

/// Nodes 0 … n_genes−1 are the screen's genes, then the pathways; undirected edges. Immutable; copies share the data.
class ContextGraph {
 public:
  /// Reads Reactome and protein interactions from a folder, or the files that the options of section network name, at
  /// the level that they ask for (gg, gg+pg, gg+pg+pp, full). @throws InputError, ConfigError, IoError
  static ContextGraph read(const Screen& screen, const std::filesystem::path& folder, const Options& options = {},
                           const Context& context = {});
  /// The same from memory.
  static ContextGraph from_data(const Screen& screen, const NetworkData& data, const Options& options = {},
                                const Context& context = {});

  std::int64_t n_genes() const;
  std::int64_t n_pathways() const;
  const std::vector<std::string>& pathway_names() const;
  /// i < j, sorted, without repeats.
  const std::vector<std::pair<std::int32_t, std::int32_t>>& edges() const;
  /// Genes that have an edge.
  std::int64_t n_genes_with_edges() const;
  /// Files of which few names are known, and what was seen in them.
  const std::vector<std::string>& warnings() const;

  struct Impl;
  explicit ContextGraph(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }  ///< for the library itself

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace gracevae
