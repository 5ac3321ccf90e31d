#pragma once
/// @file Matrix Market: the folders of Cell Ranger, STARsolo and kb, plain or gzip, and a .mtx file with lists of genes
/// and cells under any names.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// Reads a folder as Cell Ranger, STARsolo or kb writes it, or one with a prefix as on GEO, or the .mtx file with the
/// lists beside it (find_matrix and find_lists say which files are taken); else with the lists named by
/// `options.gene_list` and `options.cell_list`, or those of a fitting number of lines (names_by_content). obs: the
/// cells. var: the ids as the index and the columns gene_symbols and feature_types; all features, for keep_genes. The
/// sizes of the lists tell whether the matrix is genes x cells or cells x genes; if both fit, `options.genes_in_rows`
/// (as 10x writes it) decides. Values are read into memory; for the cost see read_matrix_market_rows.
/// `options.labels_file` is for join_labels (io/label_table.hpp).
/// @throws IoError absent, unreadable or damaged gzip. @throws InputError: missing or ambiguous files, sizes that do
///   not fit, and the errors of MatrixMarketReader, each with file and line. @throws ConfigError `options.matrix` other
///   than "" and "X".
CellSource open_matrix_market(const std::filesystem::path& folder_or_file, const CellSourceOptions& options);

}  // namespace gracevae::impl
