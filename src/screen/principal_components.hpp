#pragma once
/// @file Principal components of cells.
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "screen/screen.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// The directions in which cells vary most.
struct PrincipalComponents {
  std::vector<double> mean;       ///< [n_genes], of the cells that they were fitted to
  Matrix<double> directions;      ///< [n_genes, k], orthonormal columns, largest variance first
  std::vector<double> variances;  ///< [k], with n − 1

  std::int64_t n_components() const { return directions.n_cols; }
  /// (cells − mean)·directions, [n, k]; cells are [n, n_genes].
  Matrix<double> project(MatrixView<const float> cells) const;
};

/// The first `n_components` components of the covariance of genes over `cells` (not scaled), or as many as n − 1 cells
/// and the genes allow. The sign of each makes its largest entry positive. Lanczos iterations on the sparse rows
/// (Spectra), so no dense copy of the cells is made; the dense covariance (Eigen) where there are few genes, or cells
/// of fewer directions. The same cells give the same bits. Two cells or more.
PrincipalComponents principal_components(const Screen& screen, std::span<const std::int64_t> cells,
                                         std::int64_t n_components);

/// At most `n_most` cells of the screen drawn without replacement, ascending.
std::vector<std::int64_t> draw_cells(const Screen& screen, std::int64_t n_most, Random random);

}  // namespace gracevae::impl
