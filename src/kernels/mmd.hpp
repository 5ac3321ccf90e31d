#pragma once
/// @file Maximum mean discrepancy with a mixture of Gaussian kernels, for objective, metric and report.
#include <cstdint>

#include <gracevae/matrix.hpp>

namespace gracevae::impl::kernels {

/// Bandwidths w_i = sigma·2^(i−n/2), i = 0 … n−1, n/2 a whole number: sigma = 1000 gives 31.25 … 16000 (squared
/// distances).
struct MmdOptions {
  double sigma = 1000;
  int n_kernels = 10;
  bool unbiased = false;  ///< omit the diagonals and divide by n(n−1)
};

/// MMD² = mean(K_aa) + mean(K_bb) − 2·mean(K_ab), K = Σ_i exp(−‖a−b‖²/w_i), from one Gram matrix of the stacked rows:
/// memory O((n+m)²), never [n, m, genes]. a [n, p], b [m, p], row-major. `grad_a` [n, p], if not null, receives
/// ∂MMD²/∂a. Cost: one matrix product, and one exp and nine squarings per entry. Results do not depend on the thread
/// count. NaN or infinity in a or b gives NaN; so does `unbiased` with fewer than two rows on a side. Kernels and sums
/// are computed in float64.
/// @paper GraCE-VAE (objective, kernels of the MMD)
template <class T>
double mmd2(MatrixView<const T> a, MatrixView<const T> b, const MmdOptions& options, T* grad_a = nullptr);

/// Both estimates of MMD² (with and without the diagonals) at the cost of one; options.unbiased is ignored.
struct MmdEstimates {
  double biased, unbiased;
};
template <class T>
MmdEstimates mmd2_estimates(MatrixView<const T> a, MatrixView<const T> b, const MmdOptions& options);

/// The same from the Gram matrix of the stacked rows [a; b], [n+m, n+m] (read on and above the diagonal, overwritten),
/// for callers that hold the rows in pieces. `weights` [n, n+m] receives ∂MMD²/∂a = weights·[a; b].
template <class T>
double mmd2_of_gram(Matrix<T>& gram, std::int64_t n, const MmdOptions& options, Matrix<T>& weights);

/// ‖r_i − r_j‖² of all pairs of the stacked rows [a; b], [n+m, n+m], symmetric, zero on the diagonal and never
/// negative.
template <class T>
Matrix<T> squared_distances(MatrixView<const T> a, MatrixView<const T> b);

}  // namespace gracevae::impl::kernels
