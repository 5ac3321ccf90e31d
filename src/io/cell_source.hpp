#pragma once
/// @file Cells x genes from a file of any format, opened but not yet in memory: names first, values in blocks of rows.
/// Every format fills the same CellSource, so that later stages (labels, preparing, training) need not know it.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/anndata.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// A matrix of cells x genes read block by block. Blocks are checked: indices in range, ascending within a row and
/// without repeats, values finite. InputError names file, node, cell and gene.
class RowReader {
 public:
  virtual ~RowReader() = default;
  RowReader() = default;
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  virtual std::int64_t n_rows() const = 0;
  virtual std::int64_t n_cols() const = 0;
  /// Rows [first, first + count) as a matrix of `count` rows. Cheapest in ascending order.
  virtual CsrMatrix<float> rows(std::int64_t first, std::int64_t count) = 0;
  /// Upper bound of the stored values of all rows; −1 if unknown before reading (dense files).
  virtual std::int64_t n_stored() const = 0;
  /// Stored values of every row; takes a pass over all rows if the file does not tell.
  virtual std::vector<std::int64_t> row_sizes();
};

/// How the input is to be read.
struct CellSourceOptions {
  std::string matrix;  ///< "X", "raw", "layers/NAME"; "" = X, or if that is absent the only other matrix
  std::string
      labels_file;  ///< table with the labels of the cells, its columns are joined to obs by cell name; "" = none
  bool genes_in_rows = false;  ///< of a dense table; a Matrix Market file with as many genes as cells needs it too
  std::string cell_list = {}, gene_list = {};  ///< names for a bare .mtx; "" = found beside it
  std::string modality = {};                   ///< of an .h5mu; "" = rna, else the only one with genes
  std::string cell_names = "auto";             ///< how labels_file is matched: auto, exact, order, or an expression
};

/// Features other than genes, counted in the same cells: guides, antibodies, hashtags.
struct OtherFeatures {
  std::string type;                          ///< as in the file: "CRISPR Guide Capture"
  std::vector<std::string> ids, names;       ///< of the features; names are the ids if the file has no others
  std::function<CsrMatrix<float>()> counts;  ///< reads them: [cells, features]; valid as long as CellSource::rows
};

/// An opened input.
struct CellSource {
  std::string path;      ///< as messages name it
  std::string format;    ///< "AnnData 0.8 or later", "AnnData before 0.7", "10x Matrix Market (v3)", "table"
  DataFrame obs, var;    ///< var belongs to the chosen matrix (raw has its own)
  std::string matrix;    ///< the chosen one: "X", "raw/X", "layers/counts", "matrix.mtx.gz"
  std::string encoding;  ///< "csr_matrix", "csc_matrix", "array", "matrix market", "table"
  std::vector<std::string> matrices;       ///< all available, as in CellSourceOptions::matrix
  std::vector<OtherFeatures> others;       ///< features other than genes, one entry per type
  std::optional<std::string> gene_column;  ///< of var, with the genes' names, "" = its index; unset until settle_genes
  std::unique_ptr<RowReader> rows;
};

/// A RowReader over a matrix in memory.
std::unique_ptr<RowReader> rows_in_memory(CsrMatrix<float> x);

/// Reads all rows into memory, with a progress line for large files.
CsrMatrix<float> read_all_rows(CellSource& source);

}  // namespace gracevae::impl
