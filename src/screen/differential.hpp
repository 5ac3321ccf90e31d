#pragma once
/// @file Differentially expressed genes of a condition against control.
#include <cstdint>
#include <span>
#include <vector>

#include "screen/screen.hpp"

namespace gracevae {

/// Welch's t of every gene between two groups of cells (log1p values), variances with n−1: (m₁ − m₂) / √(v₁/n₁ +
/// v₂/n₂). Genes with zero variance in both groups get 0; a group of one cell counts as zero variance. Two passes over
/// the stored values, in double. Both groups must hold a cell. scanpy's `t-test`; the statistic only, p-values come
/// with the next issue. [n_genes]
std::vector<double> welch_t(const Screen& screen, std::span<const std::int64_t> cells,
                            std::span<const std::int64_t> reference);

/// Columns of the `n` genes with the largest |score|, largest first, ties by column.
std::vector<std::int32_t> top_genes(std::span<const double> scores, std::int64_t n);

}  // namespace gracevae
