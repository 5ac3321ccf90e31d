#pragma once
/// @file Dropping, merging or reordering the columns of a matrix while its rows are read.
#include <cstdint>
#include <memory>
#include <vector>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// How values of merged columns are combined.
enum class Together {
  add,         ///< their sum: counts, linear values
  add_logged,  ///< log1p of the sum of their expm1: values on a log1p scale
};

/// Rows of `reader` with value (i, j) in column column_of[j] of `n_columns`; −1: left out. Columns merged into one are
/// combined as `together` says, in double; a sum of 0 is not stored. Blocks are checked as RowReader says. n_stored()
/// is that of `reader`, an upper bound.
/// @test tests/unit/io/column_map_test.cpp
std::unique_ptr<RowReader> map_columns(std::shared_ptr<RowReader> reader, std::vector<std::int32_t> column_of,
                                       std::int64_t n_columns, Together together = Together::add);

}  // namespace gracevae::impl
