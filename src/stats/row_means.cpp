#include "stats/row_means.hpp"

#include "base/error.hpp"

namespace gracevae::impl {

std::vector<double> mean_of_rows(const CsrView<float>& x, std::span<const std::int64_t> rows) {
  GRACEVAE_CHECK(!rows.empty(), "the mean of no rows");
  std::vector<double> mean(static_cast<std::size_t>(x.n_cols), 0.0);
  for (const std::int64_t row : rows) {
    const auto columns = x.row_indices(row);
    const auto values = x.row_values(row);
    for (std::size_t k = 0; k < columns.size(); ++k)
      mean[static_cast<std::size_t>(columns[k])] += static_cast<double>(values[k]);
  }
  for (double& value : mean) value /= static_cast<double>(rows.size());
  return mean;
}

std::vector<double> squared_errors_of_mean(const CsrView<float>& x, std::span<const std::int64_t> rows,
                                           const std::vector<double>& mean) {
  const auto n = static_cast<double>(rows.size());
  std::vector<double> sum(mean.size(), 0.0);
  if (rows.size() < 2) return sum;
  std::vector<double> n_zeros(mean.size(), n);  // what is not stored is 0, counted at the end
  for (const std::int64_t row : rows) {
    const auto columns = x.row_indices(row);
    const auto values = x.row_values(row);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto column = static_cast<std::size_t>(columns[k]);
      const double deviation = static_cast<double>(values[k]) - mean[column];
      sum[column] += deviation * deviation;
      n_zeros[column] -= 1;
    }
  }
  for (std::size_t column = 0; column < sum.size(); ++column)
    sum[column] = (sum[column] + n_zeros[column] * mean[column] * mean[column]) / ((n - 1) * n);
  return sum;
}

}  // namespace gracevae::impl
