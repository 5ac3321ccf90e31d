#include "stats/umap_start.hpp"

#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/umap_graph.hpp"

namespace gracevae::impl {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kSpectralTolerance = 1e-4, kSide = 10, kNoise = 1e-4;
constexpr Eigen::Index kSpectralRestarts = 300, kFewestPoints = 10;

/// v ↦ D^(−1/2)·A·D^(−1/2)·v + v: its largest eigenvalues are the Laplacian's smallest.
class NormalisedAdjacency {
 public:
  using Scalar = double;

  explicit NormalisedAdjacency(const CsrMatrix<float>& graph)
      : graph_(graph), scale_(static_cast<std::size_t>(graph.n_rows)) {
    for (std::int64_t i = 0; i < graph.n_rows; ++i) {
      double degree = 0;
      for (const float weight : graph.row_values(i)) degree += static_cast<double>(weight);
      scale_[static_cast<std::size_t>(i)] = degree > 0 ? 1 / std::sqrt(degree) : 0;
    }
  }
  Eigen::Index rows() const { return graph_.n_rows; }
  Eigen::Index cols() const { return graph_.n_rows; }

  void perform_op(const double* v, double* out) const {
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < graph_.n_rows; ++i) {
      const auto to = graph_.row_indices(i);
      const auto weights = graph_.row_values(i);
      double sum = 0;
      for (std::size_t k = 0; k < to.size(); ++k)
        sum += static_cast<double>(weights[k]) * scale_[static_cast<std::size_t>(to[k])] * v[to[k]];
      out[i] = scale_[static_cast<std::size_t>(i)] * sum + v[i];
    }
  }

 private:
  const CsrMatrix<float>& graph_;
  std::vector<double> scale_;
};

/// Columns with the sign that makes the largest entry positive.
Matrix<double> with_fixed_signs(const MatrixXd& columns) {
  Matrix<double> result(columns.rows(), 2);
  for (Eigen::Index j = 0; j < std::min<Eigen::Index>(columns.cols(), 2); ++j) {
    Eigen::Index largest = 0;
    columns.col(j).cwiseAbs().maxCoeff(&largest);
    const double sign = columns(largest, j) < 0 ? -1 : 1;
    for (Eigen::Index i = 0; i < columns.rows(); ++i) result(i, j) = sign * columns(i, j);
  }
  return result;
}

double largest_size(const Matrix<double>& x) {
  double largest = 0;
  for (const double value : x.values) largest = std::max(largest, std::abs(value));
  return largest;
}

/// Scaled so that the largest |coordinate| is `reach`.
void scale_to(double reach, Matrix<double>& x) {
  const double largest = largest_size(x);
  if (largest > 0)
    for (double& value : x.values) value *= reach / largest;
}

/// Scaled so that the farthest point is `radius` from 0.
void scale_into_circle(double radius, Matrix<double>& x) {
  double farthest = 0;
  for (std::int64_t i = 0; i < x.n_rows; ++i) farthest = std::max(farthest, std::hypot(x(i, 0), x(i, 1)));
  if (farthest > 0)
    for (double& value : x.values) value *= radius / farthest;
}

/// Some points of a graph, and the rows of the points.
struct Part {
  CsrMatrix<float> graph;
  Matrix<float> points;
};

Part part_of(const CsrMatrix<float>& graph, MatrixView<const float> points, const std::vector<std::int64_t>& members) {
  std::vector<std::int32_t> place(static_cast<std::size_t>(graph.n_rows), -1);
  for (std::size_t k = 0; k < members.size(); ++k)
    place[static_cast<std::size_t>(members[k])] = static_cast<std::int32_t>(k);
  Part part{{}, Matrix<float>(std::ssize(members), points.n_cols)};
  part.graph.n_rows = part.graph.n_cols = std::ssize(members);
  for (std::size_t k = 0; k < members.size(); ++k) {
    const auto to = graph.row_indices(members[k]);
    const auto weights = graph.row_values(members[k]);
    for (std::size_t j = 0; j < to.size(); ++j) {
      part.graph.indices.push_back(place[static_cast<std::size_t>(to[j])]);
      part.graph.values.push_back(weights[j]);
    }
    part.graph.indptr.push_back(std::ssize(part.graph.values));
    std::copy_n(points.row(members[k]).begin(), points.n_cols, part.points.row(static_cast<std::int64_t>(k)).begin());
  }
  return part;
}

Matrix<double> layout_of_connected(const CsrMatrix<float>& graph, MatrixView<const float> points) {
  if (auto layout = spectral_layout(graph)) return *layout;
  return principal_layout(points);
}

/// A third of the distance from a centre to the nearest other one at another place.
double room_around(const Matrix<double>& centres, std::int64_t c) {
  double nearest = std::numeric_limits<double>::infinity();
  for (std::int64_t other = 0; other < centres.n_rows; ++other)
    if (const double gap = std::hypot(centres(other, 0) - centres(c, 0), centres(other, 1) - centres(c, 1)); gap > 0)
      nearest = std::min(nearest, gap);
  return std::isinf(nearest) ? 1 : nearest / 3;
}

Matrix<double> layout_of_components(const CsrMatrix<float>& graph, MatrixView<const float> points,
                                    const std::vector<std::vector<std::int64_t>>& components) {
  Matrix<float> means(std::ssize(components), points.n_cols);
  for (std::size_t c = 0; c < components.size(); ++c)
    for (const std::int64_t i : components[c])
      for (std::int64_t k = 0; k < points.n_cols; ++k)
        means(static_cast<std::int64_t>(c), k) += points(i, k) / static_cast<float>(components[c].size());
  Matrix<double> centres = principal_layout(std::as_const(means).view());
  scale_to(kSide, centres);
  Matrix<double> result(points.n_rows, 2);
  for (std::size_t c = 0; c < components.size(); ++c) {
    const Part part = part_of(graph, points, components[c]);
    Matrix<double> own = layout_of_connected(part.graph, part.points.view());
    scale_into_circle(room_around(centres, static_cast<std::int64_t>(c)), own);
    for (std::size_t k = 0; k < components[c].size(); ++k)
      for (std::int64_t j = 0; j < 2; ++j)
        result(components[c][k], j) = centres(static_cast<std::int64_t>(c), j) + own(static_cast<std::int64_t>(k), j);
  }
  return result;
}

}  // namespace

std::optional<Matrix<double>> spectral_layout(const CsrMatrix<float>& graph) {
  const Eigen::Index n = graph.n_rows;
  if (n < kFewestPoints) return {};
  NormalisedAdjacency adjacency(graph);
  const auto n_vectors = static_cast<Eigen::Index>(std::sqrt(static_cast<double>(n)));
  Spectra::SymEigsSolver<NormalisedAdjacency> solver(adjacency, 3, std::clamp<Eigen::Index>(n_vectors, 10, 60));
  solver.init();
  solver.compute(Spectra::SortRule::LargestAlge, kSpectralRestarts, kSpectralTolerance);
  if (solver.info() != Spectra::CompInfo::Successful) return {};
  return with_fixed_signs(solver.eigenvectors().rightCols(2));
}

Matrix<double> principal_layout(MatrixView<const float> points) {
  using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  MatrixXd x = Eigen::Map<const Rows>(points.data, points.n_rows, points.n_cols).cast<double>();
  x.rowwise() -= x.colwise().mean().eval();
  const MatrixXd covariance = x.transpose().lazyProduct(x);
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(covariance);  // ascending
  const Eigen::Index k = std::min<Eigen::Index>(2, points.n_cols);
  return with_fixed_signs(x.lazyProduct(solver.eigenvectors().rightCols(k).rowwise().reverse()));
}

Matrix<float> umap_start(const CsrMatrix<float>& graph, MatrixView<const float> points, Random random) {
  const std::vector<std::int32_t> component = connected_components(graph);
  std::vector<std::vector<std::int64_t>> members;
  for (std::size_t i = 0; i < component.size(); ++i) {
    if (static_cast<std::size_t>(component[i]) == members.size()) members.emplace_back();
    members[static_cast<std::size_t>(component[i])].push_back(static_cast<std::int64_t>(i));
  }
  Matrix<double> layout =
      members.size() == 1 ? layout_of_connected(graph, points) : layout_of_components(graph, points, members);
  scale_to(kSide, layout);
  for (double& value : layout.values) value += kNoise * random.normal();
  Matrix<float> start(layout.n_rows, 2);
  for (std::int64_t j = 0; j < 2; ++j) {
    double low = layout(0, j), high = low;
    for (std::int64_t i = 0; i < layout.n_rows; ++i)
      low = std::min(low, layout(i, j)), high = std::max(high, layout(i, j));
    for (std::int64_t i = 0; i < layout.n_rows; ++i)
      start(i, j) = static_cast<float>(high > low ? kSide * (layout(i, j) - low) / (high - low) : 0);
  }
  return start;
}

}  // namespace gracevae::impl
