#pragma once
/// @file 10x Matrix Market folders: matrix.mtx, barcodes.tsv, genes.tsv (v2) or features.tsv (v3), plain or gzip.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae {

/// Reads a folder as Cell Ranger writes it, or one with a prefix as on GEO, or the .mtx file with the lists beside it;
/// which files are taken stands at find_matrix_market. obs: the barcodes. var: the ids as the index and the column
/// gene_symbols; of several feature types only Gene Expression. The matrix is genes x cells or cells x genes, as its
/// sizes fit the lists; where they fit both ways only `options.genes_in_rows` (as 10x writes it) makes it readable.
/// The values are in memory afterwards; the cost stands at read_matrix_market_rows. `options.labels_file` is for
/// join_labels (io/label_table.hpp).
/// @throws IoError absent, unreadable or damaged gzip. @throws InputError: files missing or ambiguous, sizes that do
/// not
///   fit, and what MatrixMarketReader refuses, each with file and line. @throws ConfigError `options.matrix` other than
///   "" and "X".
CellSource open_matrix_market(const std::filesystem::path& folder_or_file, const CellSourceOptions& options);

}  // namespace gracevae
