#include "io/cell_source.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/progress.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kBlockRows = 4096;
constexpr std::int64_t kLongRead = 50'000'000;  // stored values above which progress is shown

class RowsInMemory : public RowReader {
 public:
  explicit RowsInMemory(CsrMatrix<float> x) : x_(std::move(x)) {}

  std::int64_t n_rows() const override { return x_.n_rows; }
  std::int64_t n_cols() const override { return x_.n_cols; }
  std::int64_t n_stored() const override { return x_.n_nonzero(); }
  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) override {
    GRACEVAE_CHECK(first >= 0 && count >= 0 && first + count <= x_.n_rows, "rows out of range");
    CsrMatrix<float> block;
    block.n_cols = x_.n_cols;
    append_rows(x_, first, first + count, block);
    return block;
  }

 private:
  CsrMatrix<float> x_;
};

}  // namespace

std::vector<std::int64_t> RowReader::row_sizes() {
  std::vector<std::int64_t> sizes;
  sizes.reserve(static_cast<std::size_t>(n_rows()));
  for (std::int64_t first = 0; first < n_rows(); first += kBlockRows) {
    const CsrMatrix<float> block = rows(first, std::min(kBlockRows, n_rows() - first));
    for (std::int64_t i = 0; i < block.n_rows; ++i) sizes.push_back(static_cast<std::int64_t>(block.row_size(i)));
  }
  return sizes;
}

std::unique_ptr<RowReader> rows_in_memory(CsrMatrix<float> x) { return std::make_unique<RowsInMemory>(std::move(x)); }

CsrMatrix<float> read_all_rows(CellSource& source) {
  RowReader& reader = *source.rows;
  CsrMatrix<float> x;
  const std::int64_t n_rows = reader.n_rows();
  x.n_cols = reader.n_cols();
  x.indptr.reserve(static_cast<std::size_t>(n_rows) + 1);
  const auto n_stored = static_cast<std::size_t>(std::max<std::int64_t>(reader.n_stored(), 0));
  x.indices.reserve(n_stored);
  x.values.reserve(n_stored);
  std::unique_ptr<Progress> progress;
  if (reader.n_stored() > kLongRead) progress = std::make_unique<Progress>("reading", n_rows);
  for (std::int64_t first = 0; first < n_rows; first += kBlockRows) {
    stop_if_requested("reading");
    const CsrMatrix<float> block = reader.rows(first, std::min(kBlockRows, n_rows - first));
    append_rows(block, 0, block.n_rows, x);
    if (progress) progress->update(first + block.n_rows, "");
  }
  return x;
}

}  // namespace gracevae::impl
