#pragma once
/// @file Principal components of the rows of a sparse matrix.
#include <cstdint>
#include <span>
#include <vector>

#include "base/common_rows.hpp"
#include "base/random.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// The directions in which rows vary most.
struct PrincipalComponents {
  Matrix<double> means;           ///< [groups, columns], of the rows that they were fitted to
  Matrix<double> directions;      ///< [columns, k], orthonormal columns, largest variance first
  std::vector<double> variances;  ///< [k], with n − 1

  std::int64_t n_components() const { return directions.n_cols; }
  /// (rows − mean of their group)·directions, [n, k]; rows are [n, columns]; group 0 for all if none are given.
  Matrix<double> project(const CommonRows& rows, std::span<const std::int32_t> groups = {}) const;
};

/// The first `n_components` components of the covariance of columns over some rows of `x` (not scaled), or as many as
/// n − 1 rows and the columns allow. The sign of each makes its largest entry positive. Lanczos iterations on a
/// sparse copy of the rows (Spectra), in threads, whose number changes no bit; the dense covariance (Eigen) where there
/// are few columns, or rows of fewer directions. The same rows give the same bits. Two rows or more. With `groups`,
/// from 0 on, one for each of `rows`: of rows less the mean of their group, so that what tells groups apart has no
/// direction.
PrincipalComponents principal_components(const CsrView<float>& x, std::span<const std::int64_t> rows,
                                         std::int64_t n_components, std::span<const std::int32_t> groups = {});

/// At most `n_most` of the numbers 0 … n_rows − 1, drawn without replacement, ascending.
std::vector<std::int64_t> draw_rows(std::int64_t n_rows, std::int64_t n_most, Random random);

}  // namespace gracevae::impl
