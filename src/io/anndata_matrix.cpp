// X: compressed rows, compressed columns and dense arrays, all read into compressed rows.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae::anndata {

using hdf5::File;
using hdf5::NodeKind;

namespace {

constexpr std::int64_t kDenseBlockBytes = 32 << 20;

/// data, indices and indptr as they stand in the file; major is rows for CSR and columns for CSC.
struct Compressed {
  std::vector<float> data;
  std::vector<std::int32_t> indices;
  std::vector<std::int64_t> indptr;
};

void check_shape(const File& file, const std::vector<std::int64_t>& shape, const AnnData& data) {
  const auto n_cells = static_cast<std::int64_t>(data.obs.index.size()),
             n_genes = static_cast<std::int64_t>(data.var.index.size());
  if (shape.size() != 2)
    throw InputError(fmt::format("{}: has {} dimensions, expected 2", place(file, "/X"), shape.size()));
  if (shape[0] != n_cells || shape[1] != n_genes)
    throw InputError(fmt::format("{}: is {} x {}, expected {} x {} as /obs and /var have names", place(file, "/X"),
                                 shape[0], shape[1], n_cells, n_genes));
}

void check_indptr(const File& file, const Compressed& x, std::int64_t n_major) {
  const std::string where = place(file, "/X/indptr");
  const auto n_nonzero = static_cast<std::int64_t>(x.data.size());
  if (x.indices.size() != x.data.size())
    throw InputError(fmt::format("{}: /X/data has {} values and /X/indices {}, expected as many", file.path().string(),
                                 x.data.size(), x.indices.size()));
  if (static_cast<std::int64_t>(x.indptr.size()) != n_major + 1)
    throw InputError(fmt::format("{}: has {} values, expected {}", where, x.indptr.size(), n_major + 1));
  if (x.indptr.front() != 0 || x.indptr.back() != n_nonzero)
    throw InputError(
        fmt::format("{}: goes from {} to {}, expected 0 to {}", where, x.indptr.front(), x.indptr.back(), n_nonzero));
  const auto falls = std::is_sorted_until(x.indptr.begin(), x.indptr.end());
  if (falls != x.indptr.end())
    throw InputError(fmt::format("{}: falls from {} to {} at position {}, expected ascending", where, *(falls - 1),
                                 *falls, falls - x.indptr.begin()));
}

void check_indices(const File& file, const Compressed& x, std::int64_t n_minor) {
  const auto outside = std::find_if(x.indices.begin(), x.indices.end(),
                                    [&](std::int32_t index) { return index < 0 || index >= n_minor; });
  if (outside != x.indices.end())
    throw InputError(fmt::format("{}: holds {} at position {}, expected 0 to {}", place(file, "/X/indices"), *outside,
                                 outside - x.indices.begin(), n_minor - 1));
}

Compressed read_compressed(const File& file, std::int64_t n_major, std::int64_t n_minor) {
  Compressed x;
  x.indptr = file.read_integers("/X/indptr");
  x.data = file.read_floats("/X/data");
  x.indices = file.read_integers32("/X/indices");
  check_indptr(file, x, n_major);
  check_indices(file, x, n_minor);
  return x;
}

/// Columns to rows by counting; rows come out sorted. Cost O(nonzeros), memory for both.
CsrMatrix<float> rows_from_columns(const Compressed& columns, std::int64_t n_rows, std::int64_t n_cols) {
  CsrMatrix<float> x;
  x.n_rows = n_rows;
  x.n_cols = n_cols;
  x.indptr.assign(static_cast<std::size_t>(n_rows) + 1, 0);
  for (const std::int32_t row : columns.indices) ++x.indptr[static_cast<std::size_t>(row) + 1];
  std::partial_sum(x.indptr.begin(), x.indptr.end(), x.indptr.begin());
  x.indices.resize(columns.indices.size());
  x.values.resize(columns.data.size());
  std::vector<std::int64_t> next(x.indptr.begin(), x.indptr.end() - 1);
  for (std::int64_t column = 0; column < n_cols; ++column) {
    const auto end = static_cast<std::size_t>(columns.indptr[static_cast<std::size_t>(column) + 1]);
    for (auto k = static_cast<std::size_t>(columns.indptr[static_cast<std::size_t>(column)]); k < end; ++k) {
      const auto to = static_cast<std::size_t>(next[static_cast<std::size_t>(columns.indices[k])]++);
      x.indices[to] = static_cast<std::int32_t>(column);
      x.values[to] = columns.data[k];
    }
  }
  return x;
}

void append_dense_row(std::span<const float> row, CsrMatrix<float>& x) {
  for (std::size_t j = 0; j < row.size(); ++j) {
    if (row[j] == 0) continue;
    x.indices.push_back(static_cast<std::int32_t>(j));
    x.values.push_back(row[j]);
  }
  x.indptr.push_back(static_cast<std::int64_t>(x.values.size()));
}

/// Reads a dense X block by block of whole chunks and keeps what is not zero.
CsrMatrix<float> read_dense(const File& file, std::int64_t n_rows, std::int64_t n_cols) {
  CsrMatrix<float> x;
  x.n_rows = n_rows;
  x.n_cols = n_cols;
  const std::int64_t chunk_rows = file.info("/X").chunk_rows;
  const std::int64_t wanted = std::max<std::int64_t>(kDenseBlockBytes / (4 * std::max<std::int64_t>(n_cols, 1)), 1);
  const std::int64_t block = (wanted + chunk_rows - 1) / chunk_rows * chunk_rows;
  for (std::int64_t first = 0; first < n_rows; first += block) {
    const std::int64_t count = std::min(block, n_rows - first);
    const auto values = file.read_float_rows("/X", first, count);
    for (std::int64_t i = 0; i < count; ++i)
      append_dense_row({values.data() + i * n_cols, static_cast<std::size_t>(n_cols)}, x);
  }
  return x;
}

/// Sorts one row by column.
void sort_row(std::span<std::int32_t> indices, std::span<float> values) {
  std::vector<std::pair<std::int32_t, float>> row(indices.size());
  for (std::size_t k = 0; k < row.size(); ++k) row[k] = {indices[k], values[k]};
  std::sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t k = 0; k < row.size(); ++k) std::tie(indices[k], values[k]) = row[k];
}

/// Sorts the rows that need it and refuses repeated and non-finite values.
void finish_rows(const File& file, AnnData& data) {
  CsrMatrix<float>& x = data.x;
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    const auto start = static_cast<std::size_t>(x.indptr[static_cast<std::size_t>(i)]);
    const std::span<std::int32_t> indices(x.indices.data() + start, x.row_size(i));
    const std::span<float> values(x.values.data() + start, x.row_size(i));
    if (!std::is_sorted(indices.begin(), indices.end())) sort_row(indices, values);
    const auto name = [&](std::size_t k) {
      return fmt::format("{}: cell {} (row {}), gene {}", place(file, "/X"),
                         data.obs.index[static_cast<std::size_t>(i)], i + 1,
                         data.var.index[static_cast<std::size_t>(indices[k])]);
    };
    const auto repeated = std::adjacent_find(indices.begin(), indices.end());
    if (repeated != indices.end())
      throw InputError(fmt::format("{}: given twice", name(static_cast<std::size_t>(repeated - indices.begin()))),
                       "in Python: adata.X.sum_duplicates(), then write it again");
    const auto wrong = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
    if (wrong != values.end())
      throw InputError(fmt::format("{}: is {}, expected a finite number",
                                   name(static_cast<std::size_t>(wrong - values.begin())), *wrong),
                       "remove these cells or genes, or put 0 in their place, and write the file again");
  }
}

/// Where else values could be, for the error that X is absent.
std::string other_matrices(const File& file) {
  std::string names;
  if (file.kind("/raw/X") != NodeKind::absent) names = "raw/X";
  if (file.kind("/layers") == NodeKind::group)
    for (const auto& layer : file.children("/layers")) names += (names.empty() ? "layers/" : ", layers/") + layer;
  return names;
}

[[noreturn]] void throw_no_x(const File& file) {
  const std::string others = other_matrices(file);
  const std::string hint =
      others.empty()
          ? ""
          : "put the one you mean into X in Python, for example adata.X = adata.layers[\"counts\"], and write the file again";
  throw InputError(fmt::format("{}: is absent{}", place(file, "/X"), others.empty() ? "" : "; there are " + others),
                   hint);
}

}  // namespace

void read_x(const File& file, bool read_x, AnnData& data) {
  const NodeKind kind = file.kind("/X");
  data.encoding = kind == NodeKind::absent ? "" : encoding_of(file, "/X");
  if (kind == NodeKind::absent || data.encoding == "null") throw_no_x(file);
  data.x_path = "/X";
  data.x_was_dense = kind == NodeKind::dataset;
  if (data.x_was_dense) data.encoding = "array";
  const bool by_columns = data.encoding == "csc_matrix";
  if (!data.x_was_dense && !by_columns && data.encoding != "csr_matrix")
    throw InputError(fmt::format("{}: has the encoding '{}', expected csr_matrix, csc_matrix or a data set",
                                 place(file, "/X"), data.encoding));

  check_shape(file, data.x_was_dense ? file.info("/X").shape : file.read_integer_attribute("/X", "shape"), data);
  const auto n_rows = static_cast<std::int64_t>(data.obs.index.size()),
             n_cols = static_cast<std::int64_t>(data.var.index.size());
  CsrMatrix<float>& x = data.x;
  x.n_rows = n_rows;
  x.n_cols = n_cols;
  if (!read_x) {
    x.indptr.assign(static_cast<std::size_t>(n_rows) + 1, 0);
    return;
  }
  if (data.x_was_dense) {
    x = read_dense(file, n_rows, n_cols);
  } else if (by_columns) {
    x = rows_from_columns(read_compressed(file, n_cols, n_rows), n_rows, n_cols);
  } else {
    Compressed rows = read_compressed(file, n_rows, n_cols);
    x.indptr = std::move(rows.indptr);
    x.indices = std::move(rows.indices);
    x.values = std::move(rows.data);
  }
  finish_rows(file, data);
}

}  // namespace gracevae::anndata
