#include "screen/principal_components.hpp"

#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTolerance = 1e-9;
constexpr Eigen::Index kMostRestarts = 1000;

/// The covariance of genes over some cells as Spectra wants it: v ↦ (XᵀXv − n·m(mᵀv)) / (n − 1).
class CovarianceProduct {
 public:
  using Scalar = double;

  CovarianceProduct(const CsrView<float>& x, std::span<const std::int64_t> cells, const std::vector<double>& mean)
      : x_(x), cells_(cells), mean_(mean) {}
  Eigen::Index rows() const { return x_.n_cols; }
  Eigen::Index cols() const { return x_.n_cols; }

  void perform_op(const double* v, double* out) const {
    const auto n_genes = static_cast<std::size_t>(x_.n_cols);
    const auto n = static_cast<double>(cells_.size());
    const double at_mean = std::inner_product(mean_.begin(), mean_.end(), v, 0.0);
    for (std::size_t g = 0; g < n_genes; ++g) out[g] = -n * at_mean * mean_[g];
    for (const std::int64_t cell : cells_) {
      const auto genes = x_.row_indices(cell);
      const auto values = x_.row_values(cell);
      double product = 0;
      for (std::size_t k = 0; k < genes.size(); ++k) product += static_cast<double>(values[k]) * v[genes[k]];
      for (std::size_t k = 0; k < genes.size(); ++k) out[genes[k]] += static_cast<double>(values[k]) * product;
    }
    for (std::size_t g = 0; g < n_genes; ++g) out[g] /= n - 1;
  }

 private:
  CsrView<float> x_;
  std::span<const std::int64_t> cells_;
  const std::vector<double>& mean_;
};

/// Eigenvectors of the largest eigenvalues, largest first.
struct EigenPairs {
  VectorXd values;
  MatrixXd vectors;
};

EigenPairs dense_pairs(const CovarianceProduct& covariance, Eigen::Index k) {
  MatrixXd matrix(covariance.rows(), covariance.cols());
  VectorXd unit = VectorXd::Zero(covariance.rows());
  for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
    unit[j] = 1;
    covariance.perform_op(unit.data(), matrix.col(j).data());
    unit[j] = 0;
  }
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(matrix);  // ascending
  return {solver.eigenvalues().tail(k).reverse(), solver.eigenvectors().rightCols(k).rowwise().reverse()};
}

/// Dense where the iterations do not converge: cells of fewer directions than are asked for.
EigenPairs lanczos_pairs(CovarianceProduct& covariance, Eigen::Index k) {
  Spectra::SymEigsSolver<CovarianceProduct> solver(covariance, k, 2 * k + 1);
  solver.init();
  solver.compute(Spectra::SortRule::LargestAlge, kMostRestarts, kTolerance);
  if (solver.info() != Spectra::CompInfo::Successful) return dense_pairs(covariance, k);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

}  // namespace

namespace {

// Cells are projected together on a piece of the genes, whose directions stay in the cache.
constexpr std::int64_t kProjectedGenes = 64, kProjectedCells = 64;

/// row += Σ values[i]·directions[genes[i]], in this order, so that the bits do not depend on how many are added at
/// once. Compiled for wider vectors too, without fused operations, which would change them.
__attribute__((target_clones("avx2", "default"))) void add_scaled(std::span<double> row,
                                                                  const Matrix<double>& directions,
                                                                  std::span<const std::int64_t> genes,
                                                                  std::span<const double> values) {
  const std::size_t n = row.size();
  double* const out = row.data();
  std::size_t i = 0;
  for (; i + 4 <= genes.size(); i += 4) {
    const double *a = directions.row(genes[i]).data(), *b = directions.row(genes[i + 1]).data(),
                 *c = directions.row(genes[i + 2]).data(), *d = directions.row(genes[i + 3]).data();
    const double of_a = values[i], of_b = values[i + 1], of_c = values[i + 2], of_d = values[i + 3];
    for (std::size_t k = 0; k < n; ++k) out[k] = (((out[k] + of_a * a[k]) + of_b * b[k]) + of_c * c[k]) + of_d * d[k];
  }
  for (; i < genes.size(); ++i) {
    const double* a = directions.row(genes[i]).data();
    for (std::size_t k = 0; k < n; ++k) out[k] += values[i] * a[k];
  }
}

}  // namespace

Matrix<double> PrincipalComponents::project(MatrixView<const float> cells) const {
  GRACEVAE_CHECK(cells.n_cols == directions.n_rows, "one column a gene");
  std::vector<double> of_mean(static_cast<std::size_t>(n_components()), 0.0);
  for (std::int64_t g = 0; g < cells.n_cols; ++g)
    for (std::int64_t k = 0; k < n_components(); ++k)
      of_mean[static_cast<std::size_t>(k)] += mean[static_cast<std::size_t>(g)] * directions(g, k);
  Matrix<double> scores(cells.n_rows, n_components());
#pragma omp parallel for schedule(static)
  for (std::int64_t begin = 0; begin < cells.n_rows; begin += kProjectedCells) {
    const std::int64_t end = std::min(begin + kProjectedCells, cells.n_rows);
    for (std::int64_t i = begin; i < end; ++i)
      std::ranges::transform(of_mean, scores.row(i).begin(), [](double value) { return -value; });
    for (std::int64_t first = 0; first < cells.n_cols; first += kProjectedGenes) {
      const std::int64_t n_genes = std::min(kProjectedGenes, cells.n_cols - first);
      for (std::int64_t i = begin; i < end; ++i) {
        std::array<std::int64_t, kProjectedGenes> genes;  // those that are not zero: few of a real cell
        std::array<double, kProjectedGenes> values;
        std::size_t n = 0;
        for (std::int64_t g = first; g < first + n_genes; ++g) {
          const float value = cells(i, g);
          genes[n] = g;  // a zero is written over: no branch, which nobody could guess
          values[n] = static_cast<double>(value);
          n += value != 0 ? 1 : 0;
        }
        add_scaled(scores.row(i), directions, std::span(genes).first(n), std::span(values).first(n));
      }
    }
  }
  return scores;
}

PrincipalComponents principal_components(const Screen& screen, std::span<const std::int64_t> cells,
                                         std::int64_t n_components) {
  GRACEVAE_CHECK(cells.size() >= 2 && n_components >= 1, "components need two cells");
  const std::int64_t k = std::min({n_components, screen.n_genes(), std::ssize(cells) - 1});
  PrincipalComponents result;
  result.mean = mean_of_cells(screen, cells);
  CovarianceProduct covariance(screen.rows(), cells, result.mean);
  const bool few_genes = screen.n_genes() <= 4 * k + 2;
  const EigenPairs pairs = few_genes ? dense_pairs(covariance, k) : lanczos_pairs(covariance, k);
  result.directions = Matrix<double>(screen.n_genes(), k);
  for (Eigen::Index j = 0; j < k; ++j) {
    Eigen::Index largest = 0;
    pairs.vectors.col(j).cwiseAbs().maxCoeff(&largest);
    const double sign = pairs.vectors(largest, j) < 0 ? -1 : 1;
    for (std::int64_t g = 0; g < screen.n_genes(); ++g) result.directions(g, j) = sign * pairs.vectors(g, j);
    result.variances.push_back(std::max(pairs.values[j], 0.0));
  }
  return result;
}

std::vector<std::int64_t> draw_cells(const Screen& screen, std::int64_t n_most, Random random) {
  std::vector<std::int64_t> cells(static_cast<std::size_t>(screen.n_cells()));
  std::iota(cells.begin(), cells.end(), 0);
  if (std::ssize(cells) <= n_most) return cells;
  random.shuffle(cells);
  cells.resize(static_cast<std::size_t>(n_most));
  std::sort(cells.begin(), cells.end());
  return cells;
}

}  // namespace gracevae::impl
