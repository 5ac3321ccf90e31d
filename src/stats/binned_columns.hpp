#pragma once
/// @file The sorted columns of a sparse matrix, in which a value's place is found in a few steps.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/csr_view.hpp"
#include "stats/rank_sum.hpp"

namespace gracevae::impl {

/// The values of each column that are not zero, ascending, in bins of equal width that hold two values on average. A
/// value is looked for in its bin only, in as many steps as the largest bin needs, without a branch that depends on the
/// values.
class BinnedColumns {
 public:
  /// Where a value stands among a column's values that are not zero.
  struct Place {
    std::int64_t n_below, n_equal;
  };

  /// Of some rows of `x`. Columns are sorted in threads.
  BinnedColumns(const CsrView<float>& x, std::span<const std::int64_t> rows);

  std::int64_t n_rows() const { return n_rows_; }
  std::int64_t n_columns() const { return std::ssize(columns_); }
  double n_zeros(std::int64_t column) const { return static_cast<double>(n_rows_ - at(column).n_values); }
  const SortedCounts& counts(std::int64_t column) const { return at(column).counts; }
  /// Of a value that is neither 0 nor NaN.
  Place find(std::int64_t column, float value) const;
  /// Asks the memory for a column, which is too large for the caches, before it is needed.
  void prefetch(std::int64_t column) const;

 private:
  struct Column {
    std::int64_t first_value = 0, n_values = 0;  ///< in values_
    std::int64_t first_bin = 0, n_bins = 1;      ///< in bin_begins_
    std::int64_t half = 0;                       ///< the largest power of two up to the size of the largest bin
    float lowest = 0, scale = 0;                 ///< of the bins
    SortedCounts counts;

    /// Larger values have no smaller bin.
    std::int64_t bin_of(float value) const {
      const float bin = (value - lowest) * scale;
      if (!(bin > 0)) return 0;
      return bin < static_cast<float>(n_bins) ? static_cast<std::int64_t>(bin) : n_bins - 1;
    }
  };
  const Column& at(std::int64_t column) const { return columns_[static_cast<std::size_t>(column)]; }
  /// Sorts a column's values and fills all of it but where its values will stand.
  void sort_into_bins(std::span<float> values, Column& column);

  std::int64_t n_rows_;
  std::vector<Column> columns_;
  std::vector<float> values_;  ///< ascending, column by column, each followed by infinities that a step may meet
  std::vector<std::int32_t> bin_begins_;  ///< of every column's bins
};

inline BinnedColumns::Place BinnedColumns::find(std::int64_t column, float value) const {
  const Column& sorted = at(column);
  const float* const values = values_.data() + sorted.first_value;
  const float* low = values + bin_begins_[static_cast<std::size_t>(sorted.first_bin + sorted.bin_of(value))];
  for (std::int64_t half = sorted.half; half > 0; half >>= 1)
    low += half & -static_cast<std::int64_t>(low[half - 1] < value);  // no unpredictable branch
  const float* const high = *low == value ? std::upper_bound(low, values + sorted.n_values, value) : low;
  return {low - values, high - low};
}

}  // namespace gracevae::impl
