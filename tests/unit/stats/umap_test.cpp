#include "stats/umap.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/random.hpp"
#include "stats/umap_graph.hpp"
#include "stats/umap_start.hpp"
#include "support/trustworthiness.hpp"

namespace gracevae::impl {
namespace {

/// Normal points around centres that lie `gap` apart on the axes; point i belongs to centre i mod n_blobs.
Matrix<float> blobs(std::int64_t n, std::int64_t n_blobs, double gap, std::uint64_t seed) {
  Matrix<float> points(n, 10);
  Random random(seed, "blobs");
  random.fill_normal(std::span(points.values));
  for (std::int64_t i = 0; i < n; ++i) points(i, i % n_blobs) += static_cast<float>(gap);
  return points;
}

TEST(UmapCurve, HasTheValuesOfUmapLearn) {
  const UmapCurve near = fit_umap_curve(0.1, 1), far = fit_umap_curve(0.5, 1), wide = fit_umap_curve(0.25, 2);
  EXPECT_NEAR(near.a, 1.576943460405378, 1e-5);
  EXPECT_NEAR(near.b, 0.8950608781227859, 1e-5);
  EXPECT_NEAR(far.a, 0.5830300205483709, 1e-5);
  EXPECT_NEAR(far.b, 1.334166992455648, 1e-5);
  EXPECT_NEAR(wide.a, 0.41627350, 1e-5);
  EXPECT_NEAR(wide.b, 0.92185513, 1e-5);
}

/// Σ of the degrees of all neighbours but the first.
double sum_of_degrees(const std::vector<float>& distances, const LocalScale& scale) {
  double sum = 0;
  for (std::size_t j = 1; j < distances.size(); ++j)
    sum += std::exp(-std::max(0.0, static_cast<double>(distances[j]) - scale.rho) / scale.sigma);
  return sum;
}

TEST(LocalScale, SumsToTheLogarithmOfTheNumberOfNeighbours) {
  Random random(5, "distances");
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<float> distances(15);
    for (float& distance : distances) distance = static_cast<float>(random.uniform(0.5, 3));
    distances.front() = 0;
    std::sort(distances.begin(), distances.end());
    const LocalScale scale = local_scale(distances, 1);
    EXPECT_EQ(scale.rho, static_cast<double>(distances[1]));
    EXPECT_NEAR(sum_of_degrees(distances, scale), std::log2(15.0), 2e-5);
    // The sum grows with sigma: a plain bisection of its logarithm finds the same.
    double low = -20, high = 20;
    for (int step = 0; step < 200; ++step) {
      const double middle = (low + high) / 2;
      (sum_of_degrees(distances, {scale.rho, std::exp(middle)}) > std::log2(15.0) ? high : low) = middle;
    }
    EXPECT_NEAR(scale.sigma, std::exp(low), 1e-4);
  }
}

TEST(LocalScale, PointsAtTheSamePlaceDoNotCount) {
  const std::vector<float> repeated{0, 0, 0, 2, 4}, same{0, 0, 0};
  EXPECT_EQ(local_scale(repeated, 1).rho, 2);
  EXPECT_GT(local_scale(repeated, 1).sigma, 0);
  EXPECT_EQ(local_scale(same, 3).rho, 0);
  EXPECT_GE(local_scale(same, 3).sigma, 3e-3);
}

TEST(LocalScale, IsNotBelowAShareOfTheMeanDistance) {
  const std::vector<float> equal(15, 2);  // no sigma brings 14 degrees of 1 down to log2(15)
  EXPECT_NEAR(local_scale(equal, 1).sigma, 2e-3, 1e-9);
}

TEST(FuzzyUnion, IsSymmetricAndHandComputed) {
  // Three points on a line, k = 2: 0 and 1 are each other's nearest, 2's nearest is 1. Every nearest one has degree 1.
  Matrix<float> line(3, 1);
  line.values = {0, 1, 3};
  const CsrMatrix<float> small = fuzzy_union(exact_neighbours(std::as_const(line).view(), 2));
  EXPECT_EQ(small.indptr, (std::vector<std::int64_t>{0, 1, 3, 4}));
  EXPECT_EQ(small.indices, (std::vector<std::int32_t>{1, 0, 2, 1}));
  EXPECT_EQ(small.values, (std::vector<float>{1, 1, 1, 1}));

  const Matrix<float> points = blobs(200, 3, 4, 1);
  const Neighbours neighbours = exact_neighbours(points.view(), 8);
  const CsrMatrix<float> graph = fuzzy_union(neighbours), turned = transposed(graph);
  EXPECT_EQ(graph.indptr, turned.indptr);
  EXPECT_EQ(graph.indices, turned.indices);
  EXPECT_EQ(graph.values, turned.values);
  // Entry by entry from the definition.
  Matrix<double> degree(200, 200);
  for (std::int64_t i = 0; i < 200; ++i) {
    const LocalScale scale = local_scale(neighbours.distance.row(i), 1);
    for (std::int64_t j = 1; j < 8; ++j)
      degree(i, neighbours.index(i, j)) =
          std::exp(-(static_cast<double>(neighbours.distance(i, j)) - scale.rho) / scale.sigma);
  }
  Matrix<float> dense(200, 200);
  for (std::int64_t i = 0; i < 200; ++i) graph.copy_row(i, dense.row(i));
  for (std::int64_t i = 0; i < 200; ++i)
    for (std::int64_t j = 0; j < 200; ++j)
      ASSERT_NEAR(dense(i, j), degree(i, j) + degree(j, i) - degree(i, j) * degree(j, i), 1e-6) << i << ' ' << j;
}

TEST(FuzzyUnion, FallsIntoTheComponentsThatThereAre) {
  const Matrix<float> points = blobs(90, 3, 100, 2);
  const CsrMatrix<float> graph = fuzzy_union(exact_neighbours(points.view(), 6));
  const std::vector<std::int32_t> component = connected_components(graph);
  for (std::size_t i = 0; i < component.size(); ++i) EXPECT_EQ(component[i], static_cast<std::int32_t>(i % 3));
}

/// A ring of n points, every edge of weight 1.
CsrMatrix<float> ring(std::int32_t n) {
  CsrMatrix<float> graph;
  graph.n_rows = graph.n_cols = n;
  for (std::int32_t i = 0; i < n; ++i) {
    std::vector<std::int32_t> to{(i + 1) % n, (i + n - 1) % n};
    std::sort(to.begin(), to.end());
    graph.indices.insert(graph.indices.end(), to.begin(), to.end());
    graph.values.insert(graph.values.end(), {1, 1});
    graph.indptr.push_back(std::ssize(graph.values));
  }
  return graph;
}

/// The eigenvectors of D^(−1/2)·A·D^(−1/2) + I of the largest eigenvalues, by plain orthogonal iteration. [3][n]
std::vector<std::vector<double>> largest_eigenvectors(const CsrMatrix<float>& graph) {
  const std::int64_t n = graph.n_rows;
  std::vector<double> degree(static_cast<std::size_t>(n));
  Matrix<double> m(n, n);
  for (std::int64_t i = 0; i < n; ++i) graph.copy_row(i, m.row(i));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) degree[static_cast<std::size_t>(i)] += m(i, j);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      m(i, j) = m(i, j) / std::sqrt(degree[static_cast<std::size_t>(i)] * degree[static_cast<std::size_t>(j)]) +
                (i == j ? 1 : 0);
  std::vector<std::vector<double>> vectors(3, std::vector<double>(static_cast<std::size_t>(n)));
  Random random(8, "vectors");
  for (auto& vector : vectors) random.fill_normal(std::span(vector));
  for (int step = 0; step < 4000; ++step)
    for (std::size_t k = 0; k < 3; ++k) {
      std::vector<double> next(static_cast<std::size_t>(n));
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j)
          next[static_cast<std::size_t>(i)] += m(i, j) * vectors[k][static_cast<std::size_t>(j)];
      for (std::size_t l = 0; l < k; ++l) {
        const double along = std::inner_product(next.begin(), next.end(), vectors[l].begin(), 0.0);
        for (std::size_t i = 0; i < next.size(); ++i) next[i] -= along * vectors[l][i];
      }
      const double length = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
      for (double& value : next) value /= length;
      vectors[k] = next;
    }
  return vectors;
}

TEST(UmapStart, AreTheSecondAndThirdEigenvector) {
  const Matrix<float> points = blobs(80, 2, 2, 11);
  const CsrMatrix<float> graph = fuzzy_union(exact_neighbours(points.view(), 12));
  const auto layout = spectral_layout(graph);
  ASSERT_TRUE(layout);
  const auto expected = largest_eigenvectors(graph);
  for (std::int64_t j = 0; j < 2; ++j) {
    double along = 0;
    for (std::int64_t i = 0; i < 80; ++i)
      along += (*layout)(i, j) * expected[static_cast<std::size_t>(j) + 1][static_cast<std::size_t>(i)];
    EXPECT_NEAR(std::abs(along), 1, 1e-3) << j;
  }
}

TEST(UmapStart, OfAPathRunsFromEndToEnd) {
  CsrMatrix<float> path;
  path.n_rows = path.n_cols = 30;
  for (std::int32_t i = 0; i < 30; ++i) {
    if (i > 0) path.indices.push_back(i - 1);
    if (i < 29) path.indices.push_back(i + 1);
    path.values.resize(path.indices.size(), 1);
    path.indptr.push_back(std::ssize(path.values));
  }
  const auto layout = spectral_layout(path);
  ASSERT_TRUE(layout);
  const double direction = (*layout)(29, 0) > (*layout)(0, 0) ? 1 : -1;
  for (std::int64_t i = 0; i < 29; ++i) {  // ends have another degree, so another scale
    const double degree_here = std::sqrt(i == 0 ? 1 : 2), degree_next = std::sqrt(i + 1 == 29 ? 1 : 2);
    EXPECT_GT(direction * ((*layout)(i + 1, 0) / degree_next - (*layout)(i, 0) / degree_here), 0) << i;
  }
}

TEST(UmapStart, FillsTheSquareAndKeepsComponentsApart) {
  const Matrix<float> points = blobs(150, 5, 60, 3);
  const CsrMatrix<float> graph = fuzzy_union(exact_neighbours(points.view(), 10));
  const Matrix<float> start = umap_start(graph, points.view(), Random(1, "start"));
  for (std::int64_t j = 0; j < 2; ++j) {
    double low = 1e9, high = -1e9;
    for (std::int64_t i = 0; i < 150; ++i)
      low = std::min<double>(low, static_cast<double>(start(i, j))),
      high = std::max<double>(high, static_cast<double>(start(i, j)));
    EXPECT_EQ(low, 0);
    EXPECT_EQ(high, 10);
  }
  std::set<std::pair<float, float>> places;
  for (std::int64_t i = 0; i < 150; ++i) places.emplace(start(i, 0), start(i, 1));
  EXPECT_EQ(places.size(), 150U);
  // The nearest point of the start belongs to the same component.
  const Neighbours near = exact_neighbours(start.view(), 2);
  for (std::int64_t i = 0; i < 150; ++i) EXPECT_EQ(near.index(i, 1) % 5, i % 5) << i;
}

TEST(UmapStart, OfFewPointsIsTheirPrincipalComponents) {
  Matrix<float> points(4, 3);
  points.values = {0, 0, 0, 6, 0, 0, 0, 2, 0, 6, 2, 0};
  const Matrix<double> layout = principal_layout(std::as_const(points).view());
  for (std::int64_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(std::abs(layout(i, 0)), 3, 1e-6);
    EXPECT_NEAR(std::abs(layout(i, 1)), 1, 1e-6);
  }
  EXPECT_FALSE(spectral_layout(ring(9)));
}

TEST(Umap, KeepsNeighboursNearAndBlobsApart) {
  for (const double gap : {6.0, 50.0}) {  // one component, and three
    const Matrix<float> points = blobs(300, 3, gap, 4);
    const Matrix<float> drawing = umap(points.view(), {});
    EXPECT_GT(test::trustworthiness(points, drawing, 15), 0.93) << gap;
    const Neighbours near = exact_neighbours(drawing.view(), 6);
    std::int64_t n_same = 0;
    for (std::int64_t i = 0; i < 300; ++i)
      for (std::int64_t j = 1; j < 6; ++j) n_same += near.index(i, j) % 3 == i % 3 ? 1 : 0;
    EXPECT_GT(n_same, 1480) << gap;
  }
}

TEST(Umap, AThreadOfPointsStaysInOnePiece) {
  Matrix<float> points(400, 3);  // a spiral
  for (std::int64_t i = 0; i < 400; ++i) {
    const double t = static_cast<double>(i) / 40;
    points(i, 0) = static_cast<float>(t * std::cos(t));
    points(i, 1) = static_cast<float>(t * std::sin(t));
    points(i, 2) = static_cast<float>(t);
  }
  EXPECT_GT(test::trustworthiness(points, umap(std::as_const(points).view(), {}), 15), 0.97);
}

TEST(Umap, MinDistIsHowNearPointsLie) {
  const Matrix<float> points = blobs(300, 1, 0, 5);
  const auto mean_nearest = [&](double min_dist) {
    UmapOptions options;
    options.min_dist = min_dist;
    const Matrix<float> drawing = umap(points.view(), options);
    const Neighbours near = exact_neighbours(drawing.view(), 2);
    double sum = 0;
    for (std::int64_t i = 0; i < 300; ++i) sum += static_cast<double>(near.distance(i, 1)) / 300;
    return sum;
  };
  EXPECT_GT(mean_nearest(0.9), 1.5 * mean_nearest(0.05));
}

TEST(Umap, TheSameSeedGivesTheSameBitsWhateverTheThreads) {
  const Matrix<float> points = blobs(500, 2, 5, 6);
  UmapOptions options;
  options.epochs = 30;
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const Matrix<float> one = umap(points.view(), options);
  omp_set_num_threads(3);
  const Matrix<float> three = umap(points.view(), options);
  omp_set_num_threads(before);
  EXPECT_EQ(one.values, three.values);
  options.seed = 1;
  EXPECT_NE(umap(points.view(), options).values, one.values);
  for (const float value : one.values) EXPECT_TRUE(std::isfinite(value));
}

TEST(Umap, FewAndEqualPointsAreDrawnToo) {
  for (const std::int64_t n : {0, 1, 2, 3, 4, 20}) {
    const Matrix<float> points(n, 4, 1.0F);
    const Matrix<float> drawing = umap(points.view(), {});
    EXPECT_EQ(drawing.n_rows, n);
    for (const float value : drawing.values) EXPECT_TRUE(std::isfinite(value)) << n;
  }
}

TEST(Umap, ProgressRisesAndCanStopTheWork) {
  const Matrix<float> points = blobs(60, 2, 5, 7);
  std::vector<double> told;
  umap(points.view(), {}, [&](double share) { told.push_back(share); });
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.front(), 0);
  EXPECT_EQ(told.back(), 1);
  EXPECT_THROW(umap(points.view(), {},
                    [](double share) {
                      if (share > 0.5) throw Interrupted("stop");
                    }),
               Interrupted);
}

TEST(Trustworthiness, OfAFaithfulAndOfARandomDrawing) {
  const Matrix<float> points = blobs(200, 1, 0, 8), other = blobs(200, 1, 0, 9);
  EXPECT_EQ(test::trustworthiness(points, points, 5), 1);
  EXPECT_NEAR(test::trustworthiness(points, other, 5), 0.5, 0.05);
  // By hand, k = 1, n = 4: points 0 1 3 7 on a line, drawn in the order 0 3 1 7. Nearest drawn: 0→3 (rank 2), 3→0 or 1
  // (0 first: rank 2 of 3: 1, 0, 7), 1→3 (rank 2), 7→1 (rank 2): four ranks above 1 by 1, 1 − 2/(4·1·4)·4 = 0.5.
  Matrix<float> line(4, 1), drawn(4, 1);
  line.values = {0, 1, 3, 7};
  drawn.values = {0, 2, 1, 3};
  EXPECT_NEAR(test::trustworthiness(line, drawn, 1), 0.5, 1e-12);
}

}  // namespace
}  // namespace gracevae::impl
