#pragma once
/// @file Where UMAP's points start.
#include <optional>

#include "base/random.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Eigenvectors 2 and 3 of the normalised Laplacian I − D^(−1/2)·A·D^(−1/2), smallest eigenvalues first, [n, 2]: the
/// sign of each makes its largest entry positive. None where the graph has fewer than 10 points, or Lanczos iterations
/// (Spectra) do not converge. The graph must be connected.
std::optional<Matrix<double>> spectral_layout(const CsrMatrix<float>& graph);

/// The first two principal components of rows [n, d] (zeros where there is no second), signs as above.
Matrix<double> principal_layout(MatrixView<const float> points);

/// A start [n, 2] in [0, 10]²: the spectral layout, principal components where there is none. Of a graph in several
/// components each is laid out by itself, around the first two principal components of its centre, in a circle that
/// reaches a third of the way to the next centre. With noise of 1e-4, so that no two points are at one place.
/// Source: umap-learn's spectral initialisation; the places of components are ours.
Matrix<float> umap_start(const CsrMatrix<float>& graph, MatrixView<const float> points, Random random);

}  // namespace gracevae::impl
