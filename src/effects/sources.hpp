#pragma once
/// @file What is known of targets besides their effects: networks, gene sets, embeddings, other screens.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "effects/effect_table.hpp"
#include "effects/kernels.hpp"
#include "io/edge_list.hpp"
#include "io/gene_sets.hpp"
#include "screen/aliases.hpp"

namespace gracevae::impl {

/// The targets that sources are asked about, by number.
class TargetList {
 public:
  /// `aliases` (may be nullptr) must outlive it.
  TargetList(std::vector<std::string> names, const GeneAliases* aliases)
      : names_(std::move(names)), index_(names_, aliases) {}
  TargetList(const TargetList&) = delete;
  TargetList& operator=(const TargetList&) = delete;
  std::int64_t n() const { return std::ssize(names_); }
  const std::vector<std::string>& names() const { return names_; }
  /// −1 for none. Names of sources are found as genes are (GeneIndex): by symbol, Ensembl id, old name.
  std::int64_t find(std::string_view name) const { return index_.find(name); }

 private:
  std::vector<std::string> names_;
  GeneIndex index_;
};

/// One source: its kernel is the cosine of its rows.
struct Source {
  std::string name;  ///< the file's, without its endings
  std::string kind;  ///< of kSourceKinds
  UnitRows rows;     ///< one for each target of the list
  std::int64_t n_known = 0;
};

/// An edge of a network; of several between the same names the first counts.
struct NamedEdge {
  std::string from, to;
  double weight = 1;  ///< negative: inhibits
};
/// K_ij = Σ_v x_iv·x_jv/log(2 + deg v), cosine-normalised; x_iv the edge's weight over the largest, 1 for v = i (closed
/// neighbourhoods), deg v the sum of the sizes of v's weights.
UnitRows edge_rows(const std::vector<NamedEdge>& edges, const TargetList& targets);
/// K_ij = Σ over shared sets s of log²(N/|s|), N the number of genes in all sets, cosine-normalised.
UnitRows gene_set_rows(const std::vector<GeneSet>& sets, const TargetList& targets);
/// Cosines of rows; with `centre` after the mean of all rows of the table, as for the effects of another screen.
UnitRows table_rows(const std::vector<std::string>& names, const Matrix<double>& rows, bool centre,
                    const TargetList& targets);

/// A kind of source: files of an option, and how one becomes rows. A new kind is a row of this table.
struct SourceKind {
  std::string name;
  /// `scores`: which of an edge list are taken.
  UnitRows (*read)(const std::filesystem::path& file, const TargetList& targets, const EdgeListOptions& scores);
};
extern const std::vector<SourceKind> kSourceKinds;

/// The kernels of some sources. All of them over the same list of targets.
class SourceKernels : public Kernels {
 public:
  explicit SourceKernels(std::vector<Source> sources) : sources_(std::move(sources)) {}
  std::size_t n_parts() const override { return sources_.size(); }
  const std::string& name(std::size_t part) const override { return sources_[part].name; }
  bool knows(std::size_t part, std::int64_t item) const override { return sources_[part].rows.knows(item); }
  void add(std::size_t part, double weight, std::span<const std::int64_t> rows, std::span<const std::int64_t> columns,
           Matrix<double>& out) const override {
    sources_[part].rows.add_cosines(weight, rows, columns, out);
  }
  const std::vector<Source>& sources() const { return sources_; }

 private:
  std::vector<Source> sources_;
};

}  // namespace gracevae::impl
