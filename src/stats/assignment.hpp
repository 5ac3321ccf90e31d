#pragma once
/// @file One-to-one assignment of rows to columns.
#include <cstdint>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// The largest sum of score(i, match(i)) over one-to-one assignments of rows to columns, by shortest augmenting paths
/// (Kuhn 1955; Jonker and Volgenant 1987). Returns the column of every row, −1 for a row that is left over when there
/// are fewer columns. Cost O(n³), n the larger side.
/// @test tests/unit/stats/assignment_test.cpp against all permutations
std::vector<std::int64_t> best_assignment(const Matrix<double>& score);

}  // namespace gracevae::impl
