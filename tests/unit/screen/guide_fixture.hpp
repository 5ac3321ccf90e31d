#pragma once
/// @file Opened screens with guides beside their genes, for the tests of guide calls.
#include <string>
#include <utility>
#include <vector>

#include "fixture.hpp"
#include "io/cell_source.hpp"

namespace gracevae::impl::test {

inline OtherFeatures features_of(std::string type, std::vector<std::string> names,
                                 const std::vector<std::vector<float>>& rows) {
  return {std::move(type), names, names, [counts = sparse_of(rows)] { return counts; }};
}

/// A screen of these cells and the genes g0 and g1.
inline CellSource source_of(std::vector<std::string> cells) {
  CellSource source;
  source.path = "screen.h5ad";
  source.obs.index = std::move(cells);
  source.var.index = {"g0", "g1"};
  source.rows = rows_in_memory(sparse_of(std::vector<std::vector<float>>(source.obs.index.size(), {1, 0})));
  return source;
}

inline std::vector<std::string> names_of(const std::string& letters, std::size_t n, std::size_t first = 0) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < n; ++i) names.push_back(letters + std::to_string(i + first));
  return names;
}

/// The text of a .mtx of guides x cells (rows x columns of `rows` transposed).
inline std::string matrix_market_of(const std::vector<std::vector<float>>& cells) {
  std::string entries;
  int n = 0;
  for (std::size_t i = 0; i < cells.size(); ++i)
    for (std::size_t j = 0; j < cells[i].size(); ++j)
      if (cells[i][j] != 0) {
        entries += std::to_string(j + 1) + " " + std::to_string(i + 1) + " " +
                   std::to_string(static_cast<int>(cells[i][j])) + "\n";
        ++n;
      }
  return "%%MatrixMarket matrix coordinate integer general\n" + std::to_string(cells[0].size()) + " " +
         std::to_string(cells.size()) + " " + std::to_string(n) + "\n" + entries;
}

}  // namespace gracevae::impl::test
