#include "io/rows_in_blocks.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kBlockBytes = 32 << 20, kMostBlockBytes = 256 << 20;

}  // namespace

RowsInBlocks::RowsInBlocks(std::int64_t row_values, std::int64_t chunk_rows) {
  const std::int64_t row_bytes = std::max<std::int64_t>(4 * row_values, 1),
                     wanted = std::max<std::int64_t>(kBlockBytes / row_bytes, 1);
  const bool whole_chunks = chunk_rows <= std::max<std::int64_t>(kMostBlockBytes / row_bytes, 1);
  block_rows_ = whole_chunks ? (wanted + chunk_rows - 1) / chunk_rows * chunk_rows : wanted;
}

CsrMatrix<float> RowsInBlocks::rows(std::int64_t first, std::int64_t count) {
  GRACEVAE_CHECK(first >= 0 && count >= 0 && first <= n_rows() - count, "rows out of range");
  CsrMatrix<float> x;
  x.n_cols = n_cols();
  for (std::int64_t row = first; row < first + count;) {
    if (row < block_first_ || row >= block_first_ + block_.n_rows) {
      block_first_ = row / block_rows_ * block_rows_;
      block_ = {};  // stays empty if reading fails
      block_ = read_block(block_first_, std::min(block_rows_, n_rows() - block_first_));
    }
    const std::int64_t end = std::min(first + count, block_first_ + block_.n_rows);
    append_rows(block_, row - block_first_, end - block_first_, x);
    row = end;
  }
  return x;
}

}  // namespace gracevae::impl
