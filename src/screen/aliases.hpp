#pragma once
/// @file Old names and aliases of genes: which name of one source is which gene of another.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "io/alias_table.hpp"

namespace gracevae::impl {

/// ENSG00000141510, ENSMUSG00000059552, with or without a version.
bool looks_like_ensembl(std::string_view name);
/// An Ensembl id without its version ("ENSG00000141510.18" → "ENSG00000141510"); other names as they are.
std::string_view without_version(std::string_view name);

/// Symbols of today by every name that a table knows (`--aliases`).
///
/// A name that is a symbol of today is that gene, whatever else it was once. Else a previous symbol (or an Ensembl id)
/// goes before an alias: MLL2 is a previous symbol of KMT2D and an alias of KMT2B, and is read as KMT2D. A name that
/// two genes have in the same way is ambiguous and stands for none.
/// @test tests/unit/screen/aliases_test.cpp
class GeneAliases {
 public:
  GeneAliases(const std::vector<GeneNameRow>& rows, std::string source);
  /// @throws as read_alias_table
  explicit GeneAliases(const std::filesystem::path& file);

  /// The symbol of today; the name itself where it is one, unknown or ambiguous. Valid as long as both.
  std::string_view symbol_of(std::string_view name) const;
  bool is_symbol(std::string_view name) const { return symbols_.contains(name); }
  /// What the name was or is called besides: symbols of today other than itself, sorted.
  std::vector<std::string> others_of(std::string_view name) const;
  /// Two genes have the name in the same way, and it is no symbol of today.
  bool is_ambiguous(std::string_view name) const;
  /// Symbols and all other names, sorted.
  std::vector<std::string> names() const;
  const std::string& source() const { return source_; }

 private:
  struct Hash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using SymbolsOf = std::unordered_map<std::string, std::vector<std::string>, Hash, std::equal_to<>>;
  const std::vector<std::string>* find(std::string_view name) const;

  std::unordered_set<std::string, Hash, std::equal_to<>> symbols_;
  SymbolsOf previous_, aliases_;
  std::string source_;
};

/// Finds names among genes, by the name itself, else without an Ensembl id's version, else by the symbol of today.
class GeneIndex {
 public:
  /// Both must outlive it; `aliases` may be nullptr.
  GeneIndex(const std::vector<std::string>& genes, const GeneAliases* aliases);
  /// Index of the gene, −1 for none. A symbol of today that two of the genes are old names of finds none.
  std::int64_t find(std::string_view name) const;

 private:
  std::string_view key_of(std::string_view name) const;

  const GeneAliases* aliases_;
  std::unordered_map<std::string_view, std::int64_t> by_name_, by_key_;
};

/// What a table of aliases did to the names of one source.
struct AliasUse {
  std::map<std::string, std::string> read_as;                   ///< names that became others
  std::map<std::string, std::vector<std::string>> not_applied;  ///< names left as they are, and what they also are
};
/// "2 targets are read by their symbols in aliases.tsv: MLL2 → KMT2D, …; not applied: X (A or B)"; "" for no use.
/// At most three examples of each.
std::string use_text(const AliasUse& use, std::string_view what, const std::string& source);

}  // namespace gracevae::impl
