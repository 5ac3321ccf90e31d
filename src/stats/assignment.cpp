#include "stats/assignment.hpp"

#include <algorithm>
#include <limits>

namespace gracevae::impl {

std::vector<std::int64_t> best_assignment(const Matrix<double>& score) {
  // Shortest augmenting paths with potentials, rows and columns padded to a square; costs are the negative scores.
  const auto n = static_cast<std::size_t>(std::max(score.n_rows, score.n_cols));
  const auto cost = [&](std::size_t i, std::size_t j) {
    const auto row = static_cast<std::int64_t>(i), column = static_cast<std::int64_t>(j);
    return row < score.n_rows && column < score.n_cols ? -score(row, column) : 0.0;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> of_row(n + 1, 0), of_column(n + 1, 0);
  std::vector<std::size_t> row_of(n + 1, n);  // of every column; column n stands for none
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> least(n + 1, infinity);
    std::vector<std::size_t> before(n + 1, n);
    std::vector<bool> done(n + 1, false);
    std::size_t column = n;
    row_of[n] = i;
    do {
      done[column] = true;
      const std::size_t row = row_of[column];
      std::size_t next = n;
      double step = infinity;
      for (std::size_t j = 0; j < n; ++j) {
        if (done[j]) continue;
        const double reduced = cost(row, j) - of_row[row] - of_column[j];
        if (reduced < least[j]) {
          least[j] = reduced;
          before[j] = column;
        }
        if (least[j] < step) {
          step = least[j];
          next = j;
        }
      }
      for (std::size_t j = 0; j <= n; ++j) {
        if (done[j]) {
          of_row[row_of[j]] += step;
          of_column[j] -= step;
        } else {
          least[j] -= step;
        }
      }
      column = next;
    } while (row_of[column] != n);
    while (column != n) {
      row_of[column] = row_of[before[column]];
      column = before[column];
    }
  }
  std::vector<std::int64_t> result(static_cast<std::size_t>(score.n_rows), -1);
  for (std::size_t j = 0; j < static_cast<std::size_t>(score.n_cols); ++j)
    if (row_of[j] < result.size()) result[row_of[j]] = static_cast<std::int64_t>(j);
  return result;
}

}  // namespace gracevae::impl
