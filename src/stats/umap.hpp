#pragma once
/// @file UMAP: points drawn in the plane so that near ones stay near (McInnes, Healy and Melville 2018,
/// arXiv:1802.03426).
#include <cstdint>
#include <functional>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Defaults are scanpy's (pp.neighbors and tl.umap); umap-learn's differ in min_dist (0.1).
struct UmapOptions {
  std::int64_t n_neighbors = 15;      ///< the point itself among them, as umap-learn and scanpy count
  double min_dist = 0.5;              ///< how near drawn points may lie; at most spread
  double spread = 1;                  ///< the scale of the drawing
  std::int64_t epochs = 0;            ///< of the optimiser; 0 = 500 up to 10,000 points, else 200
  std::int64_t negative_samples = 5;  ///< points pushed away for each one drawn nearer
  std::int64_t seed = 0;
  std::int64_t most_exact = 100'000;  ///< points up to which neighbours are exact
};

/// How near drawn points belong together: 1 / (1 + a·d^(2b)).
struct UmapCurve {
  double a = 1, b = 1;
};

/// The curve nearest to 1 for d < min_dist and exp(−(d − min_dist)/spread) beyond, by least squares over 300 points of
/// [0, 3·spread], as umap-learn fits it (Levenberg and Marquardt). min_dist 0.1 and spread 1 give a = 1.577, b = 0.895.
UmapCurve fit_umap_curve(double min_dist, double spread);

/// Told the share of the work that is done, in [0, 1]; may throw, which ends the work.
using UmapProgress = std::function<void(double share)>;

/// A drawing [n, 2] of the rows of `points` [n, d]: neighbours (stats/neighbours.hpp), fuzzy union
/// (stats/umap_graph.hpp), start (stats/umap_start.hpp), then stochastic gradient descent on the cross entropy
/// between the graph and the drawing: a pair is drawn nearer as often as its weight says, and `negative_samples` random
/// points are pushed away each time. One thread descends, in a fixed order: the same points and options give the same
/// bits, whatever the number of threads. Points of fewer than three rows are drawn at random.
/// @test tests/unit/stats/umap_test.cpp, tests/integration/test_umap.sh (against umap-learn)
Matrix<float> umap(MatrixView<const float> points, const UmapOptions& options, const UmapProgress& progress = {});

}  // namespace gracevae::impl
