#pragma once
/// @file Which names the genes of a file go by, and what to do where others are called otherwise.
#include <memory>
#include <string>
#include <vector>

#include "screen/aliases.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// The column of var that holds the symbols, "" for the index: `options.gene_column`; else, of the index and the
/// columns of text that hold symbols (no ids, no numbers, few repeats), the one with most of the words that stand in
/// `obs` (pieces of labels too); of equals gene_symbols, gene_name, feature_name and gene_symbol, in any case and
/// spelling, go first, then other columns called symbol or name where the index has none, then the index. InputError
/// with the nearest names where the chosen one is not there.
std::string find_gene_column(const DataFrame& var, const ScreenOptions& options, const DataFrame& obs = {});

/// The names in a column that find_gene_column gave.
std::vector<std::string> gene_names(const DataFrame& var, const std::string& column);

/// "symbols", "Ensembl ids" (at least 9 of 10 names look like ENSG00000141510) or "numbers" (Entrez ids).
std::string gene_name_kind(const std::vector<std::string>& names);

/// The column of var that is best taken for symbols: text without repeats that is neither ids nor numbers, and either
/// holds the most of `names` or is called symbol or name. "" when there is none.
std::string symbol_column(const DataFrame& var, const std::vector<std::string>& names);

/// What is wrong between two sources of gene names, and what to do about it: the one place that words it.
struct NameMismatch {
  std::string
      found;  ///< "the genes are Ensembl ids ('ENSG00000105610', …), the targets symbols ('KLF1', …)"; "" = nothing
  std::string hint;  ///< the option that helps, with the column where var has one
};
/// Compares the screen's genes with the names of something else ("targets", "names of the networks"): one being
/// Ensembl ids (nine of ten genes; half of the others) and the other not. `others`: those that are no gene.
/// @test tests/unit/screen/gene_names_test.cpp
NameMismatch name_mismatch(const Screen& screen, const std::vector<std::string>& others, const std::string& what);

/// The table that `options.aliases` names; nullptr without one. @throws as read_alias_table
std::shared_ptr<const GeneAliases> read_aliases(const ScreenOptions& options);

}  // namespace gracevae::impl
