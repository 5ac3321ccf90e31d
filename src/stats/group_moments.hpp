#pragma once
/// @file Mean and variance of every column in every group of rows, in one pass over the rows.
#include <cstdint>
#include <span>
#include <vector>

#include "base/csr_view.hpp"

namespace gracevae::impl {

/// Collects the values that are not zero by the updates of Youngs and Cramer (1971), in double, and puts the zeros in
/// at the end (the formula of Chan, Golub and LeVeque for two parts): no difference of large squares, so nothing
/// cancels, and sums of whole numbers are exact, so that columns of equal totals have equal means. 20 bytes a group and
/// column.
class GroupMoments {
 public:
  GroupMoments(std::int64_t n_groups, std::int64_t n_columns);

  /// Adds one row: transform(value) of its stored values that are not zero. Stored zeros count as zeros, so the
  /// transform must keep zero.
  template <class Transform>
  void add(std::int64_t group, std::span<const std::int32_t> columns, std::span<const float> values,
           Transform&& transform) {
    ++n_rows_[static_cast<std::size_t>(group)];
    const std::size_t first = static_cast<std::size_t>(group) * static_cast<std::size_t>(n_columns_);
    for (std::size_t k = 0; k < columns.size(); ++k)
      if (values[k] != 0)
        update(first + static_cast<std::size_t>(columns[k]), transform(static_cast<double>(values[k])));
  }
  void add(std::int64_t group, std::span<const std::int32_t> columns, std::span<const float> values) {
    add(group, columns, values, [](double value) { return value; });
  }
  /// Adds rows; groups[i] is the group of row i, −1 = none.
  void add_rows(const CsrView<float>& rows, std::span<const std::int32_t> groups);

  std::int64_t n_groups() const { return static_cast<std::int64_t>(n_rows_.size()); }
  std::int64_t n_columns() const { return n_columns_; }
  std::int64_t n_rows(std::int64_t group) const { return n_rows_[static_cast<std::size_t>(group)]; }
  std::int64_t n_nonzero(std::int64_t group, std::int64_t column) const { return n_nonzero_[index(group, column)]; }
  /// NaN for a group without rows.
  double mean(std::int64_t group, std::int64_t column) const;
  /// Divisor n − 1; NaN for fewer than two rows.
  double variance(std::int64_t group, std::int64_t column) const;

 private:
  std::size_t index(std::int64_t group, std::int64_t column) const {
    return static_cast<std::size_t>(group * n_columns_ + column);
  }
  void update(std::size_t at, double value) {
    const double n = ++n_nonzero_[at];
    sum_[at] += value;
    if (n < 2) return;
    const double deviation = n * value - sum_[at];
    squares_[at] += deviation * deviation / (n * (n - 1));
  }

  std::int64_t n_columns_;
  std::vector<std::int64_t> n_rows_;
  std::vector<double> sum_, squares_;    ///< of the values that are not zero: sum, squared deviations from their mean
  std::vector<std::int32_t> n_nonzero_;  ///< how many those are
};

}  // namespace gracevae::impl
