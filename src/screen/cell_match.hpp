#pragma once
/// @file Matches the cells of a second file with those of the screen.
#include <cstdint>
#include <string>
#include <vector>

namespace gracevae::impl {

/// Names of cells, and where they are from, for messages.
struct NamedCells {
  const std::vector<std::string>& names;
  std::string place;
};

/// Which row of the other file each cell of the screen has.
struct CellMatch {
  std::vector<std::int64_t> row_of_cell;  ///< −1: none
  std::int64_t n_matched = 0;             ///< cells with a row
  std::int64_t n_strangers = 0;           ///< rows that match no cell
  std::string how;                        ///< what was done to the names, with an example; "" = they are equal
};

/// By equal names; where no name is equal, by names whose last number is joined by '.' in one and '-' in the other
/// (AAAC.1, AAAC-1), then without that number ("-1" is there on one side only).
/// With `order_allowed` row i is cell i where there are as many rows as cells and names only number them (0, 1, …;
/// cell1, cell2, …): on both sides, but not equally, or on one, and no name is equal.
/// @throws InputError: no cell has a row (shows names of both); a name twice on one side; without their numbers two
///   cells have one name.
/// @test tests/unit/screen/cell_match_test.cpp
CellMatch match_cells(const NamedCells& screen, const NamedCells& other, bool order_allowed);

}  // namespace gracevae::impl
