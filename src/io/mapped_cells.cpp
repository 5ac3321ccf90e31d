#include "io/mapped_cells.hpp"

#include <fmt/format.h>

#include <numeric>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata_parts.hpp"

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

void expect_count(const fs::path& folder, const char* what, std::size_t found, std::int64_t expected) {
  if (static_cast<std::int64_t>(found) != expected)
    throw InputError({.place = folder.string(),
                      .found = fmt::format("{} names of {}", found, what),
                      .expected = fmt::format("{}, as the matrix has", expected)});
}

}  // namespace

bool is_mapped_cells(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / kCells, ignored) && fs::is_regular_file(folder / kNames, ignored);
}

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

void write_mapped_cells(const fs::path& folder, RowReader& rows, DataFrame obs, DataFrame var) {
  expect_count(folder, "cells", obs.index.size(), rows.n_rows());
  expect_count(folder, "genes", var.index.size(), rows.n_cols());
  if (fs::exists(folder)) throw IoError({.place = folder.string(), .found = "exists already"}, "choose another folder");
  AnnData names;
  names.x.n_rows = rows.n_rows();
  names.x.n_cols = rows.n_cols();
  names.x.indptr.assign(static_cast<std::size_t>(rows.n_rows()) + 1, 0);
  names.obs = std::move(obs);
  names.var = std::move(var);
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows.n_rows()));
  std::iota(order.begin(), order.end(), 0);
  fs::create_directories(folder);
  try {
    write_anndata(folder / kNames, names);
    PackedRows::write(folder / kCells, rows, {order, order, file_hash(folder / kNames)});
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    throw;
  }
}

}  // namespace gracevae::impl
