#pragma once
/// @file Which names the genes of a file have, and hints where other sources use different ones.
#include <memory>
#include <string>
#include <vector>

#include "screen/aliases.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// The column of var that holds the symbols, "" for the index: `options.gene_column`; else, of the index and the
/// text columns that hold symbols (no ids, no numbers, few repeats), the one with most of the words in `obs` (pieces of
/// labels too). Ties: gene_symbols, gene_name, feature_name and gene_symbol in any case and spelling, then other
/// columns called symbol or name if the index has no symbols, then the index. InputError with near names if the given
/// column does not exist.
std::string find_gene_column(const DataFrame& var, const ScreenOptions& options, const DataFrame& obs = {});

/// The names in a column that find_gene_column gave.
std::vector<std::string> gene_names(const DataFrame& var, const std::string& column);

/// "symbols", "Ensembl ids" (at least 9 of 10 names look like ENSG00000141510) or "numbers" (Entrez ids).
std::string gene_name_kind(const std::vector<std::string>& names);

/// The best column of var for symbols: text without repeats that is neither ids nor numbers, and contains most of
/// `names` or is called symbol or name. "" if there is none.
std::string symbol_column(const DataFrame& var, const std::vector<std::string>& names);

/// A mismatch between two sources of gene names, worded, with a hint.
struct NameMismatch {
  std::string
      found;  ///< "the genes are Ensembl ids ('ENSG00000105610', …), the targets symbols ('KLF1', …)"; "" = nothing
  std::string hint;  ///< the option that helps, with the column where var has one
};
/// Compares the screen's genes with the names of something else ("targets", "names of the networks"): one being
/// Ensembl ids (nine of ten genes; half of the others) and the other not. `others`: the names that are not genes.
/// @test tests/unit/screen/gene_names_test.cpp
NameMismatch name_mismatch(const Screen& screen, const std::vector<std::string>& others, const std::string& what);

/// The table that `options.aliases` names; nullptr without one. @throws as read_alias_table
std::shared_ptr<const GeneAliases> read_aliases(const ScreenOptions& options);

}  // namespace gracevae::impl
