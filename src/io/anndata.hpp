#pragma once
/// @file AnnData .h5ad, the encodings of anndata 0.7 to 0.11 for what gracevae uses. Other generations (compound obs,
/// __categories) and other formats get their own file beside this one and fill the same AnnData.
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/matrix.hpp"

namespace gracevae {

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

/// A column as strings, one a row; numbers as their shortest text ("3", "0.5"), booleans as True/False, missing as "".
std::vector<std::string> column_as_strings(const Column& column);

struct AnnData {
  CsrMatrix<float> x;  ///< cells x genes; dense and CSC files are converted
  bool x_was_dense = false;
  DataFrame obs, var;
  std::map<std::string, Matrix<float>> obsm;  ///< [cells, k]
  std::map<std::string, std::variant<std::string, double, std::int64_t, std::vector<std::string>, Matrix<double>>>
      uns;               ///< flat; other entries are skipped
  std::string x_path;    ///< HDF5 path that x came from: "/X"
  std::string encoding;  ///< "csr_matrix", "csc_matrix" or "array"
};

struct AnnDataReadOptions {
  bool read_x = true;  ///< false: obs and var only (the shape is still checked)
  bool read_obsm = true;
};

/// Reads a .h5ad file. Checks: shapes agree; indptr ascends from 0 to nnz; indices in range, sorted within rows (sorted
/// here when they are not), no repeats; codes within categories; names as many as rows. NaN and infinity in X are an
/// InputError naming cell and gene.
/// @throws IoError absent/unreadable, InputError malformed, each with file and HDF5 path.
AnnData read_anndata(const std::filesystem::path& path, const AnnDataReadOptions& options = {});

/// Writes a .h5ad that anndata 0.8 and later read (X as csr_matrix, or array when `dense_x`), atomically.
void write_anndata(const std::filesystem::path& path, const AnnData& data, bool dense_x = false);

}  // namespace gracevae
