#pragma once
/// @file Entries of a Matrix Market file put in order: cells x genes in compressed rows. Only for src/io.
#include <filesystem>
#include <span>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Which of the file's rows and columns are cells and which genes.
struct MatrixMarketLayout {
  bool genes_in_rows = true;                 ///< as 10x writes it
  std::vector<std::int32_t> column_of_gene;  ///< of the matrix in memory, by the file's gene from 0; −1: left out
  std::int64_t n_genes = 0;                  ///< that are kept
  std::int64_t n_cells = 0;
};

/// Reads the entries of `path`, whose header has been checked against the layout. Entries that come by cell, as 10x
/// writes them, are appended at once: memory of the result. By gene: gathered and transposed, twice that. In any other
/// order: at most twice that, too, and the file is read twice more. Explicit zeros are left out.
/// @throws InputError: entries that stand there twice, with their lines; and as MatrixMarketReader.
CsrMatrix<float> read_matrix_market_rows(const std::filesystem::path& path, const MatrixMarketLayout& layout);

}  // namespace gracevae::impl
