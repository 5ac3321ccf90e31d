#include "base/common_rows.hpp"

#include <algorithm>

namespace gracevae::impl {

CommonRows common_rows(const CsrView<float>& x, std::span<const std::int64_t> rows) {
  return common_rows(x, rows, [](std::int64_t, float value) { return value; });
}

CommonRows common_rows(MatrixView<const float> rows) {
  CommonRows result{std::vector<float>(static_cast<std::size_t>(rows.n_cols), 0.0F), {}};
  CsrMatrix<float>& others = result.others;
  others.n_rows = rows.n_rows, others.n_cols = rows.n_cols;
  const auto n_most = static_cast<std::size_t>(rows.n_rows * rows.n_cols);
  others.indices.resize(n_most + 1);
  others.values.resize(n_most + 1);
  std::size_t n = 0;
  for (std::int64_t i = 0; i < rows.n_rows; ++i) {
    for (std::int64_t j = 0; j < rows.n_cols; ++j) {
      others.indices[n] = static_cast<std::int32_t>(j);  // a zero is written over: no unpredictable branch
      others.values[n] = rows(i, j);
      n += rows(i, j) != 0 ? 1 : 0;
    }
    others.indptr.push_back(static_cast<std::int64_t>(n));
  }
  others.indices.resize(n);
  others.values.resize(n);
  return result;
}

CommonRows rows_of(const CommonRows& x, std::span<const std::size_t> rows) {
  CommonRows result{x.common, {}};
  result.others.n_cols = x.n_cols();
  for (const std::size_t row : rows) append_row<float>(x.others, static_cast<std::int64_t>(row), result.others);
  return result;
}

Matrix<float> columns_of(const CommonRows& x, std::span<const std::int32_t> columns) {
  Matrix<float> result(x.n_rows(), std::ssize(columns));
  for (std::int64_t i = 0; i < x.n_rows(); ++i) {
    const auto stored = x.others.row_indices(i);
    const auto values = x.others.row_values(i);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto found = std::lower_bound(stored.begin(), stored.end(), columns[k]);
      result(i, static_cast<std::int64_t>(k)) = found != stored.end() && *found == columns[k]
                                                    ? values[static_cast<std::size_t>(found - stored.begin())]
                                                    : x.common[static_cast<std::size_t>(columns[k])];
    }
  }
  return result;
}

}  // namespace gracevae::impl
