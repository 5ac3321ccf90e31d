#pragma once
/// @file Names of genes and cells for a .mtx file without the lists of a 10x folder. Only for src/io.
#include <filesystem>
#include <string>
#include <vector>

#include "io/cell_source.hpp"
#include "io/matrix_market_entries.hpp"

namespace gracevae::impl {

/// Names and orientation of a matrix.
struct MatrixNames {
  std::vector<std::string> cells;
  DataFrame var;
  bool genes_in_rows = true;
};

/// Finds the lists of a matrix: those named in `options`, else files beside it with a fitting number of lines (with or
/// without header), by name and content; a message says which. Without a list, cells are named "1", "2", …, with a
/// message.
/// @throws InputError no list of genes, several that fit, a given list that does not fit, rows that could be genes or
/// cells; lists the files, their numbers of lines, and the options that decide.
/// @test tests/unit/io/matrix_lists_test.cpp
MatrixNames names_by_content(const std::filesystem::path& matrix, const MatrixMarketHeader& header,
                             const CellSourceOptions& options);

}  // namespace gracevae::impl
