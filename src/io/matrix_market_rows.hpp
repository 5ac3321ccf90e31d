#pragma once
/// @file Sorting the entries of a Matrix Market file into compressed rows of cells x genes. Only for src/io.
#include <filesystem>
#include <span>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Roles of the file's rows and columns.
struct MatrixMarketLayout {
  bool genes_in_rows = true;                 ///< as 10x writes it
  std::vector<std::int32_t> column_of_gene;  ///< column in memory of each gene of the file; −1: left out
  std::int64_t n_genes = 0;                  ///< kept ones
  std::int64_t n_cells = 0;
};

/// Reads the entries of `path`, whose header has been checked against the layout. Entries sorted by cell, as 10x writes
/// them, are appended at once and need the memory of the result. Sorted by gene: transposed, with twice that. In any
/// other order: at most twice that, and the file is read twice more. Explicit zeros are left out.
/// @throws InputError: repeated entries, with their lines; and as MatrixMarketReader.
CsrMatrix<float> read_matrix_market_rows(const std::filesystem::path& path, const MatrixMarketLayout& layout);

}  // namespace gracevae::impl
