#pragma once
/// @file One pass over the rows of a matrix that may be too large for memory.
#include <cstdint>
#include <functional>

#include "base/matrix.hpp"

namespace gracevae {

/// Gets blocks of rows in order; `first` is the number of rows before the block.
using RowVisitor = std::function<void(std::int64_t first, const CsrMatrix<float>& rows)>;
/// Calls the visitor with all rows, block by block. May be called again for another pass.
using RowPass = std::function<void(const RowVisitor& visit)>;

/// A pass over a matrix in memory, which must outlive it: one block.
inline RowPass pass_over(const CsrMatrix<float>& x) {
  return [&x](const RowVisitor& visit) { visit(0, x); };
}

}  // namespace gracevae
