#pragma once
/// @file Which genes and cells a .mtx file without the lists of a 10x folder has. Only for src/io.
#include <filesystem>
#include <string>
#include <vector>

#include "io/cell_source.hpp"
#include "io/matrix_market_entries.hpp"

namespace gracevae::impl {

/// Names of a matrix and which way round it stands.
struct MatrixNames {
  std::vector<std::string> cells;
  DataFrame var;
  bool genes_in_rows = true;
};

/// Finds the lists of a matrix: those that `options` name, else those beside the matrix whose number of lines fits it,
/// with or without a header line, by name and content; a message says which. Cells without a list are named "1", "2",
/// … with a message.
/// @throws InputError no list of genes, several that fit, a given list that does not fit, rows that could be genes or
///   cells; with the files there are and their numbers of lines, and the options that settle it.
/// @test tests/unit/io/matrix_lists_test.cpp
MatrixNames names_by_content(const std::filesystem::path& matrix, const MatrixMarketHeader& header,
                             const CellSourceOptions& options);

}  // namespace gracevae::impl
