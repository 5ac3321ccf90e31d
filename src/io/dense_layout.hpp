#pragma once
/// @file The layout of a table of cells and genes, from its first rows. Only for src/io.
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "io/cell_source.hpp"

namespace gracevae::impl {

enum class ColumnUse {
  names,    ///< of the rows
  numbers,  ///< values of a gene, or of a cell where genes are rows
  text,     ///< a label of the row
  fact,     ///< a number whose name is not a gene's: n_counts
  skipped,  ///< row numbers, if names are in another column
};

struct DenseLayout {
  bool genes_in_rows = false;
  std::vector<ColumnUse> use;  ///< of every column
  bool has_names = true;       ///< whether a column has the use `names`
};

/// `heads`: of every column. `rows`: the first ones of the file, each of as many fields. `named_rows`: the head of the
/// first column is missing, as in files from R. Row names are in the first column, unless it holds repeated numbers or
/// fractions, or numbers under a gene's name; if it only numbers the rows and a column of words is called cell,
/// barcode, gene or similar, they are there. Orientation: `options.genes_in_rows`, else by the names
/// (io/table_names.hpp) and those in `options.labels_file`; rows are cells in case of doubt. A message reports what was
/// detected.
/// @test tests/unit/io/dense_table_test.cpp
DenseLayout dense_layout(const std::filesystem::path& path, const std::vector<std::string>& heads,
                         const std::vector<std::vector<std::string>>& rows, bool named_rows,
                         const CellSourceOptions& options);

}  // namespace gracevae::impl
