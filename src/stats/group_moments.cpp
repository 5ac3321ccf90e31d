#include "stats/group_moments.hpp"

#include <limits>

#include "base/error.hpp"

namespace gracevae::impl {

GroupMoments::GroupMoments(std::int64_t n_groups, std::int64_t n_columns)
    : n_columns_(n_columns), n_rows_(static_cast<std::size_t>(n_groups), 0),
      sum_(static_cast<std::size_t>(n_groups * n_columns), 0.0), squares_(sum_.size(), 0.0),
      n_nonzero_(sum_.size(), 0) {}

void GroupMoments::add_rows(const CsrView<float>& rows, std::span<const std::int32_t> groups) {
  GRACEVAE_CHECK(static_cast<std::int64_t>(groups.size()) == rows.n_rows, "a group for every row");
  for (std::int64_t i = 0; i < rows.n_rows; ++i) {
    const std::int32_t group = groups[static_cast<std::size_t>(i)];
    if (group >= 0) add(group, rows.row_indices(i), rows.row_values(i));
  }
}

double GroupMoments::mean(std::int64_t group, std::int64_t column) const {
  return sum_[index(group, column)] / static_cast<double>(n_rows(group));
}

double GroupMoments::variance(std::int64_t group, std::int64_t column) const {
  const std::size_t at = index(group, column);
  const auto n = static_cast<double>(n_rows(group));
  if (n < 2) return std::numeric_limits<double>::quiet_NaN();
  if (n_nonzero_[at] == 0) return 0;
  const double n_zeros = n - n_nonzero_[at];
  return (squares_[at] + sum_[at] / n_nonzero_[at] * sum_[at] * n_zeros / n) / (n - 1);
}

}  // namespace gracevae::impl
