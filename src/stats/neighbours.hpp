#pragma once
/// @file The nearest points of every point.
#include <cstdint>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Points by Euclidean distance, nearest first. Each point counts as the first of its own neighbours, at distance 0, as
/// umap-learn and scanpy count.
struct Neighbours {
  Matrix<std::int32_t> index;  ///< [n, k]
  Matrix<float> distance;      ///< [n, k]
};

/// The `k` nearest of every row of `points` [n, d], itself among them; 1 ≤ k ≤ n. Every pair is compared: exact, ties
/// by index. Cost O(n²·d), shared by the threads; the bits do not depend on how many there are.
/// @test tests/unit/stats/neighbours_test.cpp
Neighbours exact_neighbours(MatrixView<const float> points, std::int64_t k);

/// The same from a hierarchical navigable small world graph (Malkov and Yashunin 2018, hnswlib): some of the neighbours
/// may be missed. One thread builds it in the order of the points, so that the same points give the same bits; about
/// O(n·log n).
Neighbours approximate_neighbours(MatrixView<const float> points, std::int64_t k);

/// Exact up to `most_exact` points, approximate above.
Neighbours nearest_neighbours(MatrixView<const float> points, std::int64_t k, std::int64_t most_exact);

}  // namespace gracevae::impl
