#pragma once
/// @file Parts of reading and writing a .h5ad, also used by other formats in HDF5. Only for src/io.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/anndata.hpp"
#include "io/cell_source.hpp"
#include "io/hdf5.hpp"

namespace gracevae::impl::anndata {

/// The encoding-type attribute of a group or data set, "" without one.
std::string encoding_of(const hdf5::File& file, const std::string& node);

/// "screen.h5ad /obs/condition": how messages name a place.
std::string place(const hdf5::File& file, const std::string& node);

/// A record field as a column; nullopt for a field with several values a record.
std::optional<Column> column_of_field(RecordField field);

/// A categorical column. Throws InputError naming `where` unless every code is −1 or has a category.
Categorical make_categorical(const std::vector<std::int64_t>& codes, std::vector<std::string> categories,
                             const std::string& where);

/// Reads obs or var of any generation. Throws InputError for: no index, an absent column that column-order names,
/// columns of another length than the index, codes out of range, dangling references. Columns of an unknown encoding
/// are left out.
DataFrame read_dataframe(const hdf5::File& file, const std::string& node);

/// The frame of anndata before 0.7: a table of records with the names in the field "index" (else the first field) and
/// the categories of a column of codes in /uns/<column>_categories.
DataFrame read_record_frame(const hdf5::File& file, const std::string& node);

/// The nodes of a matrix and its names.
struct MatrixPlace {
  std::string word;  ///< what CellSourceOptions::matrix calls it: "X", "raw", "layers/counts"
  std::string node;  ///< "/X", "/raw/X", "/raw.X", "/layers/counts"
  std::string var;   ///< "/var", "/raw/var", "/raw.var"
  std::string obs;   ///< "/obs"
};

/// All matrices of cells x genes of the AnnData at `root`: "" for a .h5ad, "/mod/rna" in a .h5mu.
std::vector<MatrixPlace> matrices_of(const hdf5::File& file, const std::string& root = "");

/// The wanted matrix; "" is X, or the only one there is. Throws InputError with the available names.
MatrixPlace choose_matrix(const hdf5::File& file, const std::string& wanted, const std::string& root = "");

/// @throws InputError a file without obs and var, with what it looks like instead.
void refuse_other_formats(const hdf5::File& file);

/// Opens the AnnData at `root`: obs, the var of the chosen matrix and its rows. Entries of obsm become
/// CellSource::others of the type "obsm/NAME".
CellSource open_source(const std::shared_ptr<const hdf5::File>& file, const std::string& matrix,
                       const std::string& root = "");

/// The entries of obsm that can be counts, each read on demand: two-dimensional numbers, sparse or dense, and data
/// frames of numbers.
std::vector<OtherFeatures> obsm_features(const std::shared_ptr<const hdf5::File>& file, const std::string& root,
                                         std::int64_t n_cells);

/// A matrix to be read by rows.
struct OpenMatrix {
  std::string encoding;  ///< "csr_matrix", "csc_matrix" or "array"
  std::unique_ptr<RowReader> rows;
};

/// Opens a matrix of `n_rows` x `n_cols`; the reader keeps the file open.
OpenMatrix open_matrix(std::shared_ptr<const hdf5::File> file, const MatrixPlace& where, std::int64_t n_rows,
                       std::int64_t n_cols);

/// Names of a row and a column for messages: "cell c1 (row 1), gene g2".
using EntryName = std::function<std::string(std::int64_t row, std::int64_t column)>;

/// A dense or sparse matrix of `n_rows` rows; the file says how many columns.
std::unique_ptr<RowReader> open_any_matrix(std::shared_ptr<const hdf5::File> file, const std::string& node,
                                           std::int64_t n_rows, EntryName name);

/// The shape of a matrix: an attribute of a sparse one.
std::vector<std::int64_t> shape_of(const hdf5::File& file, const std::string& node);

/// The rows of a group with indptr (n_rows + 1 entries), indices and data; its attributes are ignored.
std::unique_ptr<RowReader> open_compressed_rows(std::shared_ptr<const hdf5::File> file, const std::string& node,
                                                std::int64_t n_rows, std::int64_t n_cols, EntryName name);

/// obsm or varm: dense arrays of `n_rows` x k, and the table of records that it was before 0.7.
NamedMatrices read_matrices(const hdf5::File& file, const std::string& group, std::int64_t n_rows);

/// All entries of /uns that Uns has a type for.
Uns read_uns(const hdf5::File& file);

// ---------- writing, as anndata 0.8 does

/// Writes an element's encoding and its version.
void encode(hdf5::File& file, const std::string& node, const std::string& type, const std::string& version);
void write_dataframe(hdf5::File& file, const std::string& group, const DataFrame& frame);
/// The attributes of a sparse X; data and indices are there already.
void write_sparse_header(hdf5::File& file, std::int64_t n_rows, std::int64_t n_cols);
void write_indptr(hdf5::File& file, const std::vector<std::int64_t>& indptr);
/// All groups except X, obs and var.
void write_rest(hdf5::File& file, const NamedMatrices& obsm, const NamedMatrices& varm, const Uns& uns);

}  // namespace gracevae::impl::anndata
