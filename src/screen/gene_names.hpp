#pragma once
/// @file Which names the genes of a file go by.
#include <string>
#include <vector>

#include "screen/screen.hpp"

namespace gracevae {

/// The column of var that holds the symbols, "" for the index: `options.gene_column`, else gene_symbols, gene_name,
/// feature_name or gene_symbol, whichever is there first. InputError with the nearest names where the chosen one is
/// not.
std::string find_gene_column(const DataFrame& var, const ScreenOptions& options);

/// The names in a column that find_gene_column gave.
std::vector<std::string> gene_names(const DataFrame& var, const std::string& column);

}  // namespace gracevae
