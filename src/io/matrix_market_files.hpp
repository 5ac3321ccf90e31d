#pragma once
/// @file The three files of a 10x Matrix Market folder. Only for src/io.
#include <filesystem>
#include <string>
#include <vector>

namespace gracevae {

struct MatrixMarketFiles {
  std::filesystem::path matrix, barcodes, features;
  bool v3 = false;  ///< features.tsv, not genes.tsv
};

/// Finds matrix.mtx, barcodes.tsv and genes.tsv or features.tsv, each plain or .gz, in a folder or beside a .mtx file.
/// They may have a prefix in common (GSE133344_raw_matrix.mtx.gz). Of several matrices the one without a prefix is
/// taken; beside a matrix, the lists with its prefix, else the only ones. Of a plain file and the same as .gz the plain
/// one is taken.
/// @throws InputError naming what is missing or what there are several of; IoError absent.
MatrixMarketFiles find_matrix_market(const std::filesystem::path& folder_or_file);

/// What features.tsv or genes.tsv says.
struct FeatureList {
  std::vector<std::string> ids, symbols;     ///< of the rows that are kept; symbols empty where there is no column
  std::vector<std::int32_t> column_of_gene;  ///< by line of the file: position in ids, −1: left out
};

/// Reads a feature list: one to three columns or more, id, symbol, feature type. Of several feature types only "Gene
/// Expression" is kept, and a message says so. @throws InputError empty names, lines of other numbers of columns.
FeatureList read_features(const std::filesystem::path& path);

/// Reads the first column of a list of cells. @throws InputError empty names.
std::vector<std::string> read_barcodes(const std::filesystem::path& path);

}  // namespace gracevae
