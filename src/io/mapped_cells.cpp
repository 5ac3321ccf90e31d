#include "io/mapped_cells.hpp"

#include <fmt/format.h>

#include <numeric>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata_parts.hpp"
#include "io/pack_writer.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr const char *kCells = "cells.gvpack", *kNames = "names.h5";

/// What is in memory of a mapped file is the file's; blocks are copies.
class MappedRows : public RowReader {
 public:
  explicit MappedRows(std::shared_ptr<const PackedRows> pack) : pack_(std::move(pack)) {}

  std::int64_t n_rows() const override { return pack_->rows().n_rows; }
  std::int64_t n_cols() const override { return pack_->rows().n_cols; }
  std::int64_t n_stored() const override { return pack_->values().n_stored; }
  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) override {
    GRACEVAE_CHECK(first >= 0 && count >= 0 && first + count <= n_rows(), "rows out of range");
    CsrMatrix<float> block;
    block.n_cols = n_cols();
    for (std::int64_t i = first; i < first + count; ++i) append_row(pack_->rows(), i, block);
    return block;
  }
  std::vector<std::int64_t> row_sizes() override {
    std::vector<std::int64_t> sizes;
    for (std::int64_t i = 0; i < n_rows(); ++i) sizes.push_back(static_cast<std::int64_t>(pack_->rows().row_size(i)));
    return sizes;
  }
  const std::shared_ptr<const PackedRows>& pack() const { return pack_; }

 private:
  std::shared_ptr<const PackedRows> pack_;
};

/// A new folder, which goes unless it is kept.
class MadeFolder {
 public:
  explicit MadeFolder(fs::path path) : path_(std::move(path)) {
    if (fs::exists(path_)) throw IoError({.place = path_.string(), .found = "exists already"}, "choose another folder");
    fs::create_directories(path_);
  }
  ~MadeFolder() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(path_, ignored);
  }
  MadeFolder(const MadeFolder&) = delete;
  MadeFolder& operator=(const MadeFolder&) = delete;

  const fs::path& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  fs::path path_;
  bool kept_ = false;
};

void expect_count(const fs::path& folder, const char* what, std::size_t found, std::int64_t expected) {
  if (static_cast<std::int64_t>(found) != expected)
    throw InputError({.place = folder.string(),
                      .found = fmt::format("{} names of {}", found, what),
                      .expected = fmt::format("{}, as the matrix has", expected)});
}

void expect_counts(const fs::path& folder, const AnnData& rest, std::int64_t n_rows, std::int64_t n_cols) {
  expect_count(folder, "cells", rest.obs.index.size(), n_rows);
  expect_count(folder, "genes", rest.var.index.size(), n_cols);
}

void write_names(const fs::path& folder, AnnData rest) {
  rest.x = {};
  rest.x.n_rows = std::ssize(rest.obs.index);
  rest.x.n_cols = std::ssize(rest.var.index);
  rest.x.indptr.assign(rest.obs.index.size() + 1, 0);
  write_anndata(folder / kNames, rest);
}

}  // namespace

bool is_mapped_cells(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / kCells, ignored) && fs::is_regular_file(folder / kNames, ignored);
}

fs::path annotation_file(const fs::path& path) { return is_mapped_cells(path) ? path / kNames : path; }

CellSource open_mapped_cells(const fs::path& folder) {
  CellSource source = open_anndata(folder / kNames, {});
  std::shared_ptr<const PackedRows> pack = PackedRows::open(folder / kCells, file_hash(folder / kNames));
  expect_count(folder, "cells", source.obs.index.size(), pack->rows().n_rows);
  expect_count(folder, "genes", source.var.index.size(), pack->rows().n_cols);
  source.path = folder.string();
  source.format = "mapped arrays";
  source.encoding = "csr_matrix";
  source.rows = std::make_unique<MappedRows>(std::move(pack));
  return source;
}

std::shared_ptr<const PackedRows> mapped_rows(const RowReader& rows) {
  const auto* mapped = dynamic_cast<const MappedRows*>(&rows);
  return mapped ? mapped->pack() : nullptr;
}

void write_mapped_cells(const fs::path& folder, RowReader& rows, DataFrame obs, DataFrame var, Uns uns) {
  AnnData names;
  names.obs = std::move(obs);
  names.var = std::move(var);
  names.uns = std::move(uns);
  expect_counts(folder, names, rows.n_rows(), rows.n_cols());
  MadeFolder made(folder);
  write_names(folder, std::move(names));
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows.n_rows()));
  std::iota(order.begin(), order.end(), 0);
  PackedRows::write(folder / kCells, rows, {order, order, file_hash(folder / kNames)});
  made.keep();
}

struct MappedCellsWriter::State {
  State(const fs::path& path, std::int64_t rows, std::int64_t columns)
      : folder(path), n_rows(rows), n_cols(columns), pack(path / kCells, rows, columns) {}
  MadeFolder folder;  // goes after what is in it
  std::int64_t n_rows, n_cols;
  PackWriter pack;
};

MappedCellsWriter::MappedCellsWriter(const fs::path& folder, std::int64_t n_rows, std::int64_t n_cols)
    : state_(std::make_unique<State>(folder, n_rows, n_cols)) {}
MappedCellsWriter::~MappedCellsWriter() = default;
MappedCellsWriter::MappedCellsWriter(MappedCellsWriter&&) noexcept = default;
MappedCellsWriter& MappedCellsWriter::operator=(MappedCellsWriter&&) noexcept = default;

void MappedCellsWriter::append(const CsrMatrix<float>& rows) { state_->pack.append(rows); }

void MappedCellsWriter::finish(AnnData rest) {
  const fs::path& folder = state_->folder.path();
  expect_counts(folder, rest, state_->n_rows, state_->n_cols);
  write_names(folder, std::move(rest));
  state_->pack.finish(file_hash(folder / kNames));
  state_->folder.keep();
  state_.reset();
}

}  // namespace gracevae::impl
