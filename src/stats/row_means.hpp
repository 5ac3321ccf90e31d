#pragma once
/// @file Means of some rows of a sparse matrix, and how far they are from the true means.
#include <cstdint>
#include <span>
#include <vector>

#include "base/csr_view.hpp"

namespace gracevae::impl {

/// [columns], in double. There must be a row.
std::vector<double> mean_of_rows(const CsrView<float>& x, std::span<const std::int64_t> rows);

/// Squared standard error of the mean of each column, v/n with v's divisor n−1, around `mean` (mean_of_rows): a second
/// pass, so that nothing cancels. 0 for one row.
std::vector<double> squared_errors_of_mean(const CsrView<float>& x, std::span<const std::int64_t> rows,
                                           const std::vector<double>& mean);

}  // namespace gracevae::impl
