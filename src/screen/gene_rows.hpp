#pragma once
/// @file The genes of an opened file: which column of var names them, and what becomes of several with one name.
#include <string>
#include <vector>

#include "io/cell_source.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// Settles the genes of a source before anything else reads it. Their names (options.gene_column, else
/// find_gene_column) are trimmed; those that repeat become one column of the matrix, or get names of their own, as
/// options.repeated_genes says:
///   sum       values are added up: counts and linear values as they are, values on a log1p scale (a look at the first
///             4,096 cells tells) on the linear one: log1p(Σ expm1(x)); of values below zero the first gene's are kept
///   first     the first gene's values are kept
///   keep-ids  each goes by its id: that of var's index, or of the first column of text without repeats
///   error     InputError that names them
/// The names stand in var's index or in its column `gene_column` afterwards; of genes that became one, var has the
/// first's row. Returns what is to be said of it, one line each.
/// @test tests/unit/screen/gene_rows_test.cpp
std::vector<std::string> settle_genes(CellSource& source, const ScreenOptions& options);

}  // namespace gracevae::impl
