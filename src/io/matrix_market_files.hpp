#pragma once
/// @file The files of a Matrix Market folder under the names that Cell Ranger, STARsolo and kb give them. Only for
/// src/io.
#include <filesystem>
#include <string>
#include <vector>

#include "io/anndata.hpp"

namespace gracevae::impl {

/// A file's name without its ending .gz, if it has one.
std::string without_gz(const std::string& name);

/// The matrix of a folder, or the .mtx file itself. Of several matrices in a folder: matrix.mtx, which has no prefix,
/// else kb's cells_x_genes.mtx or cells_x_genes.total.mtx. A plain file goes before its .gz.
/// @throws InputError none, or several (listed); IoError absent.
std::filesystem::path find_matrix(const std::filesystem::path& folder_or_file);

/// The lists of a matrix.
struct MatrixMarketFiles {
  std::filesystem::path barcodes, features;
  std::filesystem::path symbols;  ///< kb's genes.names.txt; empty elsewhere
  bool v3 = false;                ///< features.tsv rather than genes.tsv
  bool kb = false;                ///< kb's and bustools' names: rows are cells

  bool are_found() const { return !barcodes.empty() && !features.empty(); }
};

/// Finds barcodes.tsv and genes.tsv or features.tsv beside a matrix, or kb's NAME.barcodes.txt, NAME.genes.txt and
/// NAME.genes.names.txt, each plain or .gz; absent ones stay empty. 10x lists may have the matrix's prefix
/// (GSE133344_raw_matrix.mtx.gz), else the only ones are taken.
/// @throws InputError several lists, none with the matrix's prefix; IoError unreadable.
MatrixMarketFiles find_lists(const std::filesystem::path& matrix);

/// Reads a feature list: id, symbol, feature type and perhaps more columns. The ids become the index; the columns are
/// gene_symbols and feature_types. @throws InputError empty names, lines of different numbers of columns.
DataFrame read_features(const std::filesystem::path& path);

/// Reads the first column of a list of cells. @throws InputError empty names.
std::vector<std::string> read_barcodes(const std::filesystem::path& path);

}  // namespace gracevae::impl
