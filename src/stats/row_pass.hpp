#pragma once
/// @file One pass over the rows of a matrix that may be too large for memory.
#include <algorithm>
#include <cstdint>
#include <functional>

#include "base/csr_view.hpp"

namespace gracevae::impl {

/// Gets blocks of rows in order; `first` is the number of rows before the block.
using RowVisitor = std::function<void(std::int64_t first, const CsrMatrix<float>& rows)>;
/// Calls the visitor with all rows, block by block. May be called again for another pass.
using RowPass = std::function<void(const RowVisitor& visit)>;

/// A pass over a matrix in memory, which must outlive it: one block.
inline RowPass pass_over(const CsrMatrix<float>& x) {
  return [&x](const RowVisitor& visit) { visit(0, x); };
}

/// A pass over rows that stand anywhere, in blocks that are copied.
inline RowPass pass_over_copies(const CsrView<float>& rows) {
  return [rows](const RowVisitor& visit) {
    constexpr std::int64_t kRows = 4096;
    for (std::int64_t first = 0; first < rows.n_rows; first += kRows) {
      CsrMatrix<float> block;
      block.n_cols = rows.n_cols;
      for (std::int64_t i = first; i < std::min(first + kRows, rows.n_rows); ++i) append_row(rows, i, block);
      visit(first, block);
    }
  };
}

}  // namespace gracevae::impl
