#pragma once
/// @file Finding columns among genes that are not genes, by their values. Only for src/io.
#include <string>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// A column of cells x genes that is not a gene.
struct OtherColumn {
  std::int32_t column;
  std::string why;  ///< for a message: "the sum of the others"; "" if its name tells
};

/// Finds, in order of the columns:
/// - with `by_name`, columns whose names is_cell_fact (io/table_names.hpp) knows;
/// - a leading column that numbers the cells from 0 or 1;
/// - columns with negative values or fractions if two thirds of the columns have none; with a gene-like name only if
///   nineteen of twenty have none, the others are counts, and at least half of five or more stored values are such;
/// - a column that is, in every cell, the sum of the others or the number of non-zeros (given at least ten cells, three
///   other columns and three distinct sums).
/// Cost: linear in the stored values.
/// @test tests/unit/io/table_content_test.cpp
std::vector<OtherColumn> other_columns(const CsrMatrix<float>& x, const std::vector<std::string>& names, bool by_name);

/// Values of one column for every cell, 0 if not stored.
std::vector<float> column_values(const CsrMatrix<float>& x, std::int32_t column);

/// `x` without these columns (ascending).
CsrMatrix<float> without_columns(const CsrMatrix<float>& x, const std::vector<OtherColumn>& columns);

}  // namespace gracevae::impl
