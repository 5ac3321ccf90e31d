#include "screen/differential.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"

namespace gracevae {

namespace {

/// Squared standard error of the mean of each gene, v/n with v's divisor n−1. Genes not stored in a cell are zeros,
/// counted at the end.
std::vector<double> squared_errors(const Screen& screen, std::span<const std::int64_t> cells,
                                   const std::vector<double>& mean) {
  const double n = static_cast<double>(cells.size());
  std::vector<double> sum(mean.size(), 0.0);
  if (cells.size() < 2) return sum;
  std::vector<double> n_zeros(mean.size(), n);
  for (const std::int64_t cell : cells) {
    const auto columns = screen.x.row_indices(cell);
    const auto values = screen.x.row_values(cell);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto gene = static_cast<std::size_t>(columns[k]);
      const double deviation = static_cast<double>(values[k]) - mean[gene];
      sum[gene] += deviation * deviation;
      n_zeros[gene] -= 1;
    }
  }
  for (std::size_t gene = 0; gene < sum.size(); ++gene)
    sum[gene] = (sum[gene] + n_zeros[gene] * mean[gene] * mean[gene]) / ((n - 1) * n);
  return sum;
}

}  // namespace

std::vector<double> welch_t(const Screen& screen, std::span<const std::int64_t> cells,
                            std::span<const std::int64_t> reference) {
  GRACEVAE_CHECK(!cells.empty() && !reference.empty(), "both groups must hold a cell");
  std::vector<double> t = mean_of_cells(screen, cells);
  const std::vector<double> reference_mean = mean_of_cells(screen, reference);
  const std::vector<double> error = squared_errors(screen, cells, t);
  const std::vector<double> reference_error = squared_errors(screen, reference, reference_mean);
  for (std::size_t gene = 0; gene < t.size(); ++gene) {
    const double variance = error[gene] + reference_error[gene];
    t[gene] = variance > 0 ? (t[gene] - reference_mean[gene]) / std::sqrt(variance) : 0;
  }
  return t;
}

std::vector<std::int32_t> top_genes(std::span<const double> scores, std::int64_t n) {
  std::vector<std::int32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  const auto kept = std::clamp<std::int64_t>(n, 0, static_cast<std::int64_t>(order.size()));
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), [&](std::int32_t a, std::int32_t b) {
    const double x = std::abs(scores[static_cast<std::size_t>(a)]);
    const double y = std::abs(scores[static_cast<std::size_t>(b)]);
    return x != y ? x > y : a < b;
  });
  order.resize(static_cast<std::size_t>(kept));
  return order;
}

}  // namespace gracevae
