#pragma once
/// @file Matching rows of a table of labels to cells. Only for src/io.
#include <cstdint>
#include <string>
#include <vector>

#include "io/cell_source.hpp"
#include "io/label_text.hpp"

namespace gracevae::impl {

struct LabelMatch {
  std::vector<std::int64_t> row_of_cell;  ///< −1: no row for the cell
  std::int64_t name_column = -1;          ///< −1: no column names the cells
};

/// Whether a table with this number of records has no header line: `cell_names` is "order" and there is a record per
/// cell; with "auto" also if there is only one column and the cells are just numbered ("1" to "n").
bool is_without_header(const CellSource& source, const std::string& cell_names, std::size_t n_columns,
                       std::size_t n_records);

/// Matches as described for join_labels (io/label_table.hpp), with its errors and messages.
LabelMatch match_labels(const CellSource& source, const LabelText& table, const std::string& cell_names);

/// Columns that may name cells: barcode, cell_barcode, cell, cell_id, index, then the first. Each once.
std::vector<std::size_t> name_candidates(const LabelText& table);

/// "'AAAC-1', 'AAAG-1', 'AACC-1', ..."
std::string first_names(const std::vector<std::string>& names);

/// Hint if no row of `column` matches a cell: an expression for --cell-names that makes both sides' names equal without
/// duplicates; which names would collide; else where the names should be.
/// @test tests/unit/io/label_table_test.cpp
std::string hint_for_strangers(const CellSource& source, const LabelText& table, std::size_t column);

}  // namespace gracevae::impl
