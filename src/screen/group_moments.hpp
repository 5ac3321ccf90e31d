#pragma once
/// @file Mean and variance of every gene in every group of cells, in one pass over the cells.
#include <cstdint>
#include <span>
#include <vector>

#include "base/csr_view.hpp"

namespace gracevae::impl {

/// Collects the values that are not zero by the updates of Youngs and Cramer (1971), in double, and puts the zeros in
/// at the end (the formula of Chan, Golub and LeVeque for two parts): no difference of large squares, so nothing
/// cancels, and sums of whole numbers are exact, so that genes of equal totals have equal means. 20 bytes a group and
/// gene.
class GroupMoments {
 public:
  GroupMoments(std::int64_t n_groups, std::int64_t n_genes);

  /// Adds one cell: transform(value) of its stored values that are not zero. Stored zeros count as zeros, so the
  /// transform must keep zero.
  template <class Transform>
  void add(std::int64_t group, std::span<const std::int32_t> genes, std::span<const float> values,
           Transform&& transform) {
    ++n_cells_[static_cast<std::size_t>(group)];
    const std::size_t row = static_cast<std::size_t>(group) * static_cast<std::size_t>(n_genes_);
    for (std::size_t k = 0; k < genes.size(); ++k)
      if (values[k] != 0) update(row + static_cast<std::size_t>(genes[k]), transform(static_cast<double>(values[k])));
  }
  void add(std::int64_t group, std::span<const std::int32_t> genes, std::span<const float> values) {
    add(group, genes, values, [](double value) { return value; });
  }
  /// Adds rows; groups[i] is the group of row i, −1 = none.
  void add_rows(const CsrView<float>& rows, std::span<const std::int32_t> groups);

  std::int64_t n_groups() const { return static_cast<std::int64_t>(n_cells_.size()); }
  std::int64_t n_genes() const { return n_genes_; }
  std::int64_t n_cells(std::int64_t group) const { return n_cells_[static_cast<std::size_t>(group)]; }
  std::int64_t n_nonzero(std::int64_t group, std::int64_t gene) const { return n_nonzero_[place(group, gene)]; }
  /// NaN for a group without cells.
  double mean(std::int64_t group, std::int64_t gene) const;
  /// Divisor n − 1; NaN for fewer than two cells.
  double variance(std::int64_t group, std::int64_t gene) const;

 private:
  std::size_t place(std::int64_t group, std::int64_t gene) const {
    return static_cast<std::size_t>(group * n_genes_ + gene);
  }
  void update(std::size_t at, double value) {
    const double n = ++n_nonzero_[at];
    sum_[at] += value;
    if (n < 2) return;
    const double deviation = n * value - sum_[at];
    squares_[at] += deviation * deviation / (n * (n - 1));
  }

  std::int64_t n_genes_;
  std::vector<std::int64_t> n_cells_;
  std::vector<double> sum_, squares_;    ///< of the values that are not zero: sum, squared deviations from their mean
  std::vector<std::int32_t> n_nonzero_;  ///< how many those are
};

}  // namespace gracevae::impl
