#pragma once
// The values of an opened input as rows, for tests.
#include <vector>

#include "io/cell_source.hpp"

namespace gracevae::impl {

inline std::vector<std::vector<float>> dense_of(const CsrMatrix<float>& x) {
  std::vector<std::vector<float>> rows;
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    rows.emplace_back(static_cast<std::size_t>(x.n_cols));
    x.copy_row(i, std::span<float>(rows.back()));
  }
  return rows;
}

inline std::vector<std::vector<float>> dense_of(CellSource& source) { return dense_of(read_all_rows(source)); }

inline CellSourceOptions matrix_option(const std::string& matrix) {
  CellSourceOptions options;
  options.matrix = matrix;
  return options;
}

}  // namespace gracevae::impl
