// Matrices of cells x genes, read by rows: compressed rows, compressed columns and dense arrays.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/anndata_parts.hpp"
#include "io/compressed.hpp"
#include "io/rows_in_blocks.hpp"

namespace gracevae::impl::anndata {

using hdf5::File;
using hdf5::NodeKind;

namespace {

constexpr std::int64_t kColumnPiece = 4 << 20;                 // stored values of a CSC matrix read at once
constexpr std::int64_t kLargeColumns = std::int64_t{1} << 30;  // bytes in memory above which there is a warning

/// A matrix in its file.
struct Source {
  std::shared_ptr<const File> file;
  std::string node;
  std::int64_t n_rows = 0, n_cols = 0;
  EntryName name;

  std::string place(const std::string& below = "") const { return anndata::place(*file, node + below); }
  /// "screen.h5ad /X: cell c1 (row 1), gene g2"
  std::string value_name(std::int64_t row, std::int64_t column) const {
    return fmt::format("{}: {}", place(), name(row, column));
  }
};

/// The names in obs and var, read again for messages.
EntryName names_in_frames(const std::shared_ptr<const File>& file, const MatrixPlace& where) {
  return [file, where](std::int64_t row, std::int64_t column) {
    return fmt::format("cell {} (row {}), gene {}",
                       read_dataframe(*file, where.obs).index.at(static_cast<std::size_t>(row)), row + 1,
                       read_dataframe(*file, where.var).index.at(static_cast<std::size_t>(column)));
  };
}

/// Sorts rows if necessary and refuses repeated and non-finite values. `first_row`: row number of the block's row 0.
void finish_rows(const Source& source, std::int64_t first_row, CsrMatrix<float>& x) {
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    const auto start = static_cast<std::size_t>(x.indptr[static_cast<std::size_t>(i)]);
    if (const auto repeated = sort_entries(x, start, start + x.row_size(i)))
      throw InputError({.place = source.value_name(first_row + i, *repeated), .found = "given twice"},
                       "in Python: adata.X.sum_duplicates(), then write it again");
    const auto values = x.row_values(i);
    const auto wrong = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
    if (wrong != values.end())
      throw InputError({.place = source.value_name(first_row + i,
                                                   x.row_indices(i)[static_cast<std::size_t>(wrong - values.begin())]),
                        .found = fmt::format("is {}", *wrong),
                        .expected = "a finite number"},
                       "remove these cells or genes, or put 0 in their place, and write the file again");
  }
}

/// Base of compressed rows and columns.
class Compressed : public RowReader {
 public:
  Compressed(Source source, std::int64_t n_major) : source_(std::move(source)) {
    indptr_ = source_.file->read_integers(source_.node + "/indptr");
    n_stored_ = source_.file->info(data_node()).size();
    const std::int64_t n_indices = source_.file->info(indices_node()).size();
    if (n_stored_ != n_indices)
      throw InputError(
          {.place = source_.file->path().string(),
           .found = fmt::format("{} has {} values and {} {}", data_node(), n_stored_, indices_node(), n_indices),
           .expected = "as many"});
    check_indptr(n_major);
    source_.file->read_floats(data_node(), 0, 0);  // checks what they claim before anybody asks for as much
    source_.file->read_integers32(indices_node(), 0, 0);
  }

  std::int64_t n_rows() const override { return source_.n_rows; }
  std::int64_t n_cols() const override { return source_.n_cols; }
  std::int64_t n_stored() const override { return n_stored_; }

 protected:
  std::string data_node() const { return source_.node + "/data"; }
  std::string indices_node() const { return source_.node + "/indices"; }

  /// Positions [first, first + count) of indices, each below n_minor.
  std::vector<std::int32_t> read_indices(std::int64_t first, std::int64_t count, std::int64_t n_minor) const {
    auto indices = source_.file->read_integers32(indices_node(), first, count);
    const auto outside =
        std::find_if(indices.begin(), indices.end(), [&](std::int32_t index) { return index < 0 || index >= n_minor; });
    if (outside != indices.end())
      throw InputError({.place = source_.place("/indices"),
                        .found = fmt::format("holds {} at position {}", *outside, first + (outside - indices.begin())),
                        .expected = fmt::format("0 to {}", n_minor - 1)});
    return indices;
  }

  Source source_;
  std::vector<std::int64_t> indptr_;
  std::int64_t n_stored_ = 0;

 private:
  void check_indptr(std::int64_t n_major) const {
    const std::string where = source_.place("/indptr");
    if (static_cast<std::int64_t>(indptr_.size()) != n_major + 1)
      throw InputError({.place = where,
                        .found = fmt::format("has {} values", indptr_.size()),
                        .expected = std::to_string(n_major + 1)});
    if (indptr_.front() != 0 || indptr_.back() != n_stored_)
      throw InputError({.place = where,
                        .found = fmt::format("goes from {} to {}", indptr_.front(), indptr_.back()),
                        .expected = fmt::format("0 to {}", n_stored_)});
    const auto falls = std::is_sorted_until(indptr_.begin(), indptr_.end());
    if (falls != indptr_.end())
      throw InputError(
          {.place = where,
           .found = fmt::format("falls from {} to {} at position {}", *(falls - 1), *falls, falls - indptr_.begin()),
           .expected = "ascending"});
  }
};

class CompressedRows : public Compressed {
 public:
  explicit CompressedRows(const Source& source) : Compressed(source, source.n_rows) {}

  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) override {
    GRACEVAE_CHECK(first >= 0 && count >= 0 && first <= source_.n_rows - count, "rows out of range");
    CsrMatrix<float> x;
    x.n_rows = count;
    x.n_cols = source_.n_cols;
    const auto begin = indptr_.begin() + first;
    const std::int64_t start = *begin, n_values = *(begin + count) - start;
    x.indptr.assign(begin, begin + count + 1);
    for (auto& pointer : x.indptr) pointer -= start;
    x.indices = read_indices(start, n_values, source_.n_cols);
    x.values = source_.file->read_floats(data_node(), start, n_values);
    finish_rows(source_, first, x);
    return x;
  }
  std::vector<std::int64_t> row_sizes() override {
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(source_.n_rows));
    for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = indptr_[i + 1] - indptr_[i];
    return sizes;
  }
};

/// Transposes columns to rows by counting: two passes over the file, and all rows in memory.
class CompressedColumns : public Compressed {
 public:
  explicit CompressedColumns(const Source& source) : Compressed(source, source.n_cols) {}

  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) override {
    if (!in_memory_) in_memory_ = rows_in_memory(turned());
    return in_memory_->rows(first, count);
  }

 private:
  CsrMatrix<float> turned() const {
    const std::int64_t bytes = 8 * (n_stored_ + source_.n_rows);
    if (bytes > kLargeColumns)
      log::warning(
          "{}: is stored by columns (csc_matrix), which cannot be read by rows: {:.1f} GB of it come into memory",
          source_.place(), static_cast<double>(bytes) / 1e9);
    CsrMatrix<float> x;
    x.n_rows = source_.n_rows;
    x.n_cols = source_.n_cols;
    x.indptr.assign(static_cast<std::size_t>(x.n_rows) + 1, 0);
    for (std::int64_t at = 0; at < n_stored_; at += kColumnPiece)
      for (const std::int32_t row : read_indices(at, std::min(kColumnPiece, n_stored_ - at), x.n_rows))
        ++x.indptr[static_cast<std::size_t>(row) + 1];
    std::partial_sum(x.indptr.begin(), x.indptr.end(), x.indptr.begin());
    x.indices.resize(static_cast<std::size_t>(n_stored_));
    x.values.resize(static_cast<std::size_t>(n_stored_));
    place_values(x);
    finish_rows(source_, 0, x);
    return x;
  }

  /// The second pass: columns come in ascending order, so every row is filled in that order.
  void place_values(CsrMatrix<float>& x) const {
    std::vector<std::int64_t> next(x.indptr.begin(), x.indptr.end() - 1);
    std::size_t column = 0;
    for (std::int64_t at = 0; at < n_stored_; at += kColumnPiece) {
      const std::int64_t count = std::min(kColumnPiece, n_stored_ - at);
      const auto indices = read_indices(at, count, x.n_rows);
      const auto values = source_.file->read_floats(data_node(), at, count);
      for (std::size_t k = 0; k < indices.size(); ++k) {
        while (indptr_[column + 1] <= at + static_cast<std::int64_t>(k)) ++column;
        const auto to = static_cast<std::size_t>(next[static_cast<std::size_t>(indices[k])]++);
        x.indices[to] = static_cast<std::int32_t>(column);
        x.values[to] = values[k];
      }
    }
  }

  std::unique_ptr<RowReader> in_memory_;
};

class DenseRows : public RowsInBlocks {
 public:
  explicit DenseRows(Source source)
      : RowsInBlocks(source.n_cols, source.file->info(source.node).chunk_rows), source_(std::move(source)) {}

  std::int64_t n_rows() const override { return source_.n_rows; }
  std::int64_t n_cols() const override { return source_.n_cols; }

 private:
  CsrMatrix<float> read_block(std::int64_t first, std::int64_t count) override {
    const std::int64_t n_cols = source_.n_cols;
    const auto values = source_.file->read_float_rows(source_.node, first, count);
    CsrMatrix<float> x;
    x.n_rows = count;
    x.n_cols = n_cols;
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t j = 0; j < n_cols; ++j) {
        const float value = values[static_cast<std::size_t>(i * n_cols + j)];
        if (value == 0) continue;
        x.indices.push_back(static_cast<std::int32_t>(j));
        x.values.push_back(value);
      }
      x.indptr.push_back(x.n_nonzero());
    }
    finish_rows(source_, first, x);
    return x;
  }

  Source source_;
};

/// "csr_matrix", "csc_matrix" or "array"; before 0.7, sparse matrices said "csr" or "csc" in another attribute.
std::string form_of(const File& file, const std::string& node) {
  if (file.kind(node) == NodeKind::dataset) return "array";
  const bool old = file.has_attribute(node, "h5sparse_format");
  std::string form = old ? file.read_string_attribute(node, "h5sparse_format") + "_matrix" : encoding_of(file, node);
  if (form != "csr_matrix" && form != "csc_matrix")
    throw InputError({.place = place(file, node),
                      .found = fmt::format("has the encoding '{}'", form),
                      .expected = "csr_matrix, csc_matrix or a data set"});
  return form;
}

std::vector<std::int64_t> matrix_shape(const File& file, const std::string& node) {
  const auto shape = shape_of(file, node);
  if (shape.size() != 2)
    throw InputError(
        {.place = place(file, node), .found = fmt::format("has {} dimensions", shape.size()), .expected = "2"});
  return shape;
}

OpenMatrix open_as(std::string encoding, Source source) {
  OpenMatrix matrix;
  matrix.encoding = std::move(encoding);
  if (matrix.encoding == "array")
    matrix.rows = std::make_unique<DenseRows>(std::move(source));
  else if (matrix.encoding == "csc_matrix")
    matrix.rows = std::make_unique<CompressedColumns>(source);
  else
    matrix.rows = std::make_unique<CompressedRows>(source);
  return matrix;
}

}  // namespace

std::vector<std::int64_t> shape_of(const File& file, const std::string& node) {
  if (file.kind(node) == NodeKind::dataset) return file.info(node).shape;
  return file.read_integer_attribute(node, file.has_attribute(node, "h5sparse_shape") ? "h5sparse_shape" : "shape");
}

OpenMatrix open_matrix(std::shared_ptr<const File> file, const MatrixPlace& where, std::int64_t n_rows,
                       std::int64_t n_cols) {
  std::string encoding = form_of(*file, where.node);
  const auto shape = matrix_shape(*file, where.node);
  if (shape[0] != n_rows || shape[1] != n_cols)
    throw InputError(
        {.place = place(*file, where.node),
         .found = fmt::format("is {} x {}", shape[0], shape[1]),
         .expected = fmt::format("{} x {} as {} and {} have names", n_rows, n_cols, where.obs, where.var)});
  EntryName name = names_in_frames(file, where);
  return open_as(std::move(encoding), {std::move(file), where.node, n_rows, n_cols, std::move(name)});
}

std::unique_ptr<RowReader> open_any_matrix(std::shared_ptr<const File> file, const std::string& node,
                                           std::int64_t n_rows, EntryName name) {
  std::string encoding = form_of(*file, node);
  const auto shape = matrix_shape(*file, node);
  if (shape[0] != n_rows)
    throw InputError({.place = place(*file, node),
                      .found = fmt::format("has {} rows", shape[0]),
                      .expected = fmt::format("{} as obs", n_rows)});
  return open_as(std::move(encoding), {std::move(file), node, n_rows, shape[1], std::move(name)}).rows;
}

std::unique_ptr<RowReader> open_compressed_rows(std::shared_ptr<const File> file, const std::string& node,
                                                std::int64_t n_rows, std::int64_t n_cols, EntryName name) {
  return std::make_unique<CompressedRows>(Source{std::move(file), node, n_rows, n_cols, std::move(name)});
}

}  // namespace gracevae::impl::anndata
