#include "io/cell_source.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/progress.hpp"

namespace gracevae {

namespace {

constexpr std::int64_t kBlockRows = 4096;
constexpr std::int64_t kLongRead = 50'000'000;  // stored values from which progress is shown

class RowsInMemory : public RowReader {
 public:
  explicit RowsInMemory(CsrMatrix<float> x) : x_(std::move(x)) {}

  std::int64_t n_rows() const override { return x_.n_rows; }
  std::int64_t n_cols() const override { return x_.n_cols; }
  std::int64_t n_stored() const override { return x_.n_nonzero(); }
  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) override {
    GRACEVAE_CHECK(first >= 0 && count >= 0 && first + count <= x_.n_rows, "rows out of range");
    CsrMatrix<float> block;
    block.n_rows = count;
    block.n_cols = x_.n_cols;
    block.indptr.clear();
    const std::int64_t begin = x_.indptr[static_cast<std::size_t>(first)];
    const std::int64_t end = x_.indptr[static_cast<std::size_t>(first + count)];
    for (std::int64_t i = first; i <= first + count; ++i)
      block.indptr.push_back(x_.indptr[static_cast<std::size_t>(i)] - begin);
    block.indices.assign(x_.indices.begin() + begin, x_.indices.begin() + end);
    block.values.assign(x_.values.begin() + begin, x_.values.begin() + end);
    return block;
  }

 private:
  CsrMatrix<float> x_;
};

}  // namespace

std::unique_ptr<RowReader> rows_in_memory(CsrMatrix<float> x) { return std::make_unique<RowsInMemory>(std::move(x)); }

CsrMatrix<float> read_all_rows(CellSource& source) {
  RowReader& reader = *source.rows;
  CsrMatrix<float> x;
  x.n_rows = reader.n_rows();
  x.n_cols = reader.n_cols();
  x.indptr.reserve(static_cast<std::size_t>(x.n_rows) + 1);
  const auto n_stored = static_cast<std::size_t>(std::max<std::int64_t>(reader.n_stored(), 0));
  x.indices.reserve(n_stored);
  x.values.reserve(n_stored);
  std::unique_ptr<Progress> progress;
  if (reader.n_stored() > kLongRead) progress = std::make_unique<Progress>("reading", x.n_rows);
  for (std::int64_t first = 0; first < x.n_rows; first += kBlockRows) {
    const CsrMatrix<float> block = reader.rows(first, std::min(kBlockRows, x.n_rows - first));
    const std::int64_t before = x.n_nonzero();
    for (std::size_t i = 1; i < block.indptr.size(); ++i) x.indptr.push_back(before + block.indptr[i]);
    x.indices.insert(x.indices.end(), block.indices.begin(), block.indices.end());
    x.values.insert(x.values.end(), block.values.begin(), block.values.end());
    if (progress) progress->update(first + block.n_rows, "");
  }
  if (progress) progress->finish();
  return x;
}

}  // namespace gracevae
