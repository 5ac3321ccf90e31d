#pragma once
/// @file Rows most of whose values are those of one row that they share.
#include <cstddef>

#include "base/csr_view.hpp"

namespace gracevae::impl {

/// Row i is `common` but where `others` holds something. Cells are such rows, with 0 in common, and so are cells to
/// which one shift is added, whose common row is the shift.
/// @test tests/unit/base/common_rows_test.cpp
struct CommonRows {
  std::vector<float> common;  ///< [columns]
  CsrMatrix<float> others;    ///< [rows, columns]: all values that are not those of `common`

  std::int64_t n_rows() const { return others.n_rows; }
  std::int64_t n_cols() const { return others.n_cols; }
};

/// Rows of a sparse matrix, in this order, each value put through `of(column, value)`, those that are not stored too.
template <class Of>
CommonRows common_rows(const CsrView<float>& x, std::span<const std::int64_t> rows, const Of& of) {
  CommonRows result;
  result.others.n_cols = x.n_cols;
  for (std::int64_t j = 0; j < x.n_cols; ++j) result.common.push_back(of(j, 0.0F));
  std::size_t n_most = 0;
  for (const std::int64_t row : rows) n_most += x.row_size(row);
  result.others.indices.reserve(n_most);
  result.others.values.reserve(n_most);
  for (const std::int64_t row : rows) {
    const auto columns = x.row_indices(row);
    const auto values = x.row_values(row);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const float value = of(columns[k], values[k]);
      if (value == result.common[static_cast<std::size_t>(columns[k])]) continue;
      result.others.indices.push_back(columns[k]);
      result.others.values.push_back(value);
    }
    result.others.indptr.push_back(result.others.n_nonzero());
    ++result.others.n_rows;
  }
  return result;
}
/// The same with 0 in common.
CommonRows common_rows(const CsrView<float>& x, std::span<const std::int64_t> rows);
CommonRows common_rows(MatrixView<const float> rows);

/// Some rows, in this order.
CommonRows rows_of(const CommonRows& x, std::span<const std::size_t> rows);
/// Some columns, in this order, of all rows.
Matrix<float> columns_of(const CommonRows& x, std::span<const std::int32_t> columns);

}  // namespace gracevae::impl
