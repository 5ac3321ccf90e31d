#pragma once
/// @file What stands where in a table of cells and genes, told by its first rows. Only for src/io.
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
  fact,     ///< a number that is no gene's by its name: n_counts
  skipped,  ///< the numbers of the rows, where names stand in another column
};

struct DenseLayout {
  bool genes_in_rows = false;
  std::vector<ColumnUse> use;  ///< of every column
  bool has_names = true;       ///< whether a column has the use `names`
};

/// `heads`: of every column. `rows`: the first ones of the file, each of as many fields. `named_rows`: the head of the
/// first column is missing, as R leaves it out. The names of the rows stand in the first column. It has none where it
/// holds repeated numbers or fractions, or numbers under the name of a gene; where it only numbers the rows and a
/// column of words is called cell, barcode, gene or the like, the names stand there. Which way round: as
/// `options.genes_in_rows` says, else by the names (io/table_names.hpp) and by those in `options.labels_file`; rows are
/// cells where that cannot be told. Says in a message what it found unasked.
/// @test tests/unit/io/dense_table_test.cpp
DenseLayout dense_layout(const std::filesystem::path& path, const std::vector<std::string>& heads,
                         const std::vector<std::vector<std::string>>& rows, bool named_rows,
                         const CellSourceOptions& options);

}  // namespace gracevae::impl
