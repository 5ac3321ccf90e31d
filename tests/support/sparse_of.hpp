#pragma once
/// @file Small sparse matrices.
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl::test {

/// A sparse matrix of a dense one.
inline CsrMatrix<float> sparse_of(const std::vector<std::vector<float>>& rows) {
  CsrMatrix<float> x;
  x.n_rows = static_cast<std::int64_t>(rows.size());
  x.n_cols = rows.empty() ? 0 : static_cast<std::int64_t>(rows[0].size());
  for (const auto& row : rows) {
    for (std::size_t j = 0; j < row.size(); ++j)
      if (row[j] != 0) x.indices.push_back(static_cast<std::int32_t>(j)), x.values.push_back(row[j]);
    x.indptr.push_back(static_cast<std::int64_t>(x.values.size()));
  }
  return x;
}

}  // namespace gracevae::impl::test
