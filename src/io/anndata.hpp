#pragma once
/// @file AnnData .h5ad of every generation: anndata 0.8 and later (each element says its encoding), 0.7 (categories
/// stand apart) and before 0.7 (obs and var are tables of records). Files are written for anndata 0.8 and later.
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "io/record_table.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// A categorical column: categories[codes[i]], code −1 is missing.
struct Categorical {
  std::vector<std::int32_t> codes;
  std::vector<std::string> categories;
  bool ordered = false;
};

using Column = std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<bool>, std::vector<std::string>,
                            Categorical>;

/// obs or var: an index of names and columns in file order.
struct DataFrame {
  std::vector<std::string> index;
  std::vector<std::pair<std::string, Column>> columns;

  const Column* find(const std::string& name) const;
  std::vector<std::string> names() const;
  void add(std::string name, Column column) { columns.emplace_back(std::move(name), std::move(column)); }
};

/// Strings or a categorical.
bool is_text(const Column& column);

/// A column as strings, one per row; numbers as their shortest text ("3", "0.5"), booleans as True/False, missing as
/// "".
std::vector<std::string> column_as_strings(const Column& column);

/// What uns can hold here. Nested dictionaries are paths: "rank_genes_groups/params/method".
using UnsValue = std::variant<std::string, double, std::int64_t, bool, std::vector<std::string>, std::vector<double>,
                              std::vector<std::int64_t>, Matrix<double>, RecordTable, DataFrame>;
using Uns = std::map<std::string, UnsValue>;
using NamedMatrices = std::map<std::string, Matrix<float>>;

struct AnnData {
  CsrMatrix<float> x;  ///< cells x genes; dense and CSC files are converted
  bool x_was_dense = false;
  DataFrame obs, var;
  NamedMatrices obsm;    ///< [cells, k]; sparse entries and data frames are left out
  NamedMatrices varm;    ///< [genes, k]
  Uns uns;               ///< entries of other kinds (sparse, masked, null) are left out
  std::string x_path;    ///< HDF5 path that x came from: "/X", "/layers/counts"
  std::string encoding;  ///< "csr_matrix", "csc_matrix" or "array"
};

struct AnnDataReadOptions {
  bool read_x = true;     ///< false: obs and var only (the shape is still checked)
  bool read_obsm = true;  ///< obsm and varm
  bool read_uns = true;
  std::string matrix = {};  ///< as CellSourceOptions::matrix; var is then that of the chosen matrix
};

/// Reads a .h5ad file into memory. Checks: shapes agree; indptr ascends from 0 to nnz; indices in range, sorted within
/// rows (sorted here if necessary), no repeats; codes within categories; names as many as rows. NaN and infinity in X
/// are an InputError naming cell and gene.
/// @throws IoError absent/unreadable, InputError malformed, each with file and HDF5 path.
AnnData read_anndata(const std::filesystem::path& path, const AnnDataReadOptions& options = {});

struct CellSource;
struct CellSourceOptions;

/// Opens a .h5ad file: reads obs, the var of the chosen matrix and its row pointers, nothing else. CSR and dense
/// matrices are then read block by block (some 32 MiB of a dense one at a time). A CSC matrix is transposed in memory
/// at the first rows(): 8 bytes a stored value (with a warning above 1 GB), its indices are read twice. Options other
/// than `matrix` are ignored. Checks and errors as read_anndata, those of the values when they are read; an unknown
/// matrix, or several and no X, is an InputError that lists them. Closed when `rows` is destroyed.
CellSource open_anndata(const std::filesystem::path& path, const CellSourceOptions& options);

/// Writes a .h5ad that anndata 0.8 and later read (X as csr_matrix, or array when `dense_x`), atomically.
void write_anndata(const std::filesystem::path& path, const AnnData& data, bool dense_x = false);

/// Writes a .h5ad whose X is too large for memory, block by block. Holds one row pointer a cell and two chunks of 1
/// MiB. The file appears under its name at finish(); a writer destroyed before leaves nothing.
/// @code
/// AnnDataWriter writer;
/// writer.start("prepared.h5ad", var);
/// for (...) writer.append(block);
/// writer.finish({.obs = obs, .uns = uns});
/// @endcode
class AnnDataWriter {
 public:
  /// All of the file except X and var.
  struct Rest {
    DataFrame obs = {};  ///< one row per appended row
    NamedMatrices obsm = {}, varm = {};
    Uns uns = {};
  };

  AnnDataWriter();
  ~AnnDataWriter();
  AnnDataWriter(AnnDataWriter&&) noexcept;
  AnnDataWriter& operator=(AnnDataWriter&&) noexcept;

  /// Begins a file whose X has a column for each name of `var`. Throws IoError if it cannot be written.
  void start(const std::filesystem::path& path, const DataFrame& var);
  /// Adds rows to X: n_cols = names of var, finite values, indices ascending within a row. Throws IoError if the disk
  /// is full.
  void append(const CsrMatrix<float>& rows);
  /// Adds rows to an entry of obsm, always of the same width; at finish() it must have as many rows as X.
  void append_obsm(const std::string& name, const Matrix<float>& rows);
  std::int64_t n_rows() const;  ///< appended so far
  void finish(const Rest& rest);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gracevae::impl
