#pragma once
/// @file Columns among genes that are no genes, told by their values. Only for src/io.
#include <string>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// A column of a matrix of cells x genes that is no gene.
struct OtherColumn {
  std::int32_t column;
  std::string why;  ///< for a message: "the sum of the others"; "" where its name says it
};

/// Finds, in order of the columns:
/// - columns whose names is_cell_fact (io/table_names.hpp) knows, where `by_name`;
/// - a leading column that numbers the cells from 0 or 1;
/// - negative values or fractions where two thirds of the columns have none; for names like genes' where nineteen of
///   twenty have none, the others are counts, and at least half of five or more stored values are such;
/// - a column that is, in every cell, the sum of the others or how many of them are not zero (from ten cells, three
///   other columns and three different sums on).
/// Cost: linear in the stored values.
/// @test tests/unit/io/table_content_test.cpp
std::vector<OtherColumn> other_columns(const CsrMatrix<float>& x, const std::vector<std::string>& names, bool by_name);

/// Values of one column for every cell, 0 where nothing is stored.
std::vector<float> column_values(const CsrMatrix<float>& x, std::int32_t column);

/// `x` without these columns (ascending), later ones moving up.
CsrMatrix<float> without_columns(const CsrMatrix<float>& x, const std::vector<OtherColumn>& columns);

}  // namespace gracevae::impl
