#include "stats/principal_components.hpp"

#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "stats/row_means.hpp"

namespace gracevae::impl {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTolerance = 1e-9;
constexpr Eigen::Index kMostRestarts = 1000;

/// The covariance of columns over some rows, less the means m_g of their groups of n_g, as Spectra wants it:
/// v ↦ (XᵀXv − Σ_g n_g·m_g(m_gᵀv)) / (n − 1).
class CovarianceProduct {
 public:
  using Scalar = double;

  CovarianceProduct(const CsrView<float>& x, std::span<const std::int64_t> chosen, const Matrix<double>& means,
                    std::vector<double> sizes)
      : rows_(common_rows(x, chosen).others), columns_(transposed(rows_, rows_.n_rows)), means_(means),
        sizes_(std::move(sizes)) {}
  Eigen::Index rows() const { return rows_.n_cols; }
  Eigen::Index cols() const { return rows_.n_cols; }

  void perform_op(const double* v, double* out) const {
    const auto n = static_cast<double>(rows_.n_rows);
    std::vector<double> at_means;
    for (std::int64_t g = 0; g < means_.n_rows; ++g) {
      const auto mean = means_.row(g);
      at_means.push_back(sizes_[static_cast<std::size_t>(g)] * std::inner_product(mean.begin(), mean.end(), v, 0.0));
    }
    std::vector<double> of_rows(static_cast<std::size_t>(rows_.n_rows));
#pragma omp parallel
    {
#pragma omp for schedule(static)
      for (std::int64_t i = 0; i < rows_.n_rows; ++i) of_rows[static_cast<std::size_t>(i)] = product(rows_, i, v, 0);
#pragma omp for schedule(static)
      for (std::int64_t j = 0; j < columns_.n_rows; ++j)
        out[j] = product(columns_, j, of_rows.data(), -at_means_along(at_means, j)) / (n - 1);
    }
  }

 private:
  double at_means_along(const std::vector<double>& at_means, std::int64_t j) const {
    double sum = 0;
    for (std::int64_t g = 0; g < means_.n_rows; ++g) sum += at_means[static_cast<std::size_t>(g)] * means_(g, j);
    return sum;
  }
  /// sum + x_i·v, added in the order of v.
  static double product(const CsrMatrix<float>& x, std::int64_t i, const double* v, double sum) {
    const auto columns = x.row_indices(i);
    const auto values = x.row_values(i);
    for (std::size_t k = 0; k < columns.size(); ++k) sum += static_cast<double>(values[k]) * v[columns[k]];
    return sum;
  }

  CsrMatrix<float> rows_, columns_;
  const Matrix<double>& means_;
  std::vector<double> sizes_;
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

/// Dense where the iterations do not converge: rows of fewer directions than are asked for.
EigenPairs lanczos_pairs(CovarianceProduct& covariance, Eigen::Index k) {
  Spectra::SymEigsSolver<CovarianceProduct> solver(covariance, k, 2 * k + 1);
  solver.init();
  solver.compute(Spectra::SortRule::LargestAlge, kMostRestarts, kTolerance);
  if (solver.info() != Spectra::CompInfo::Successful) return dense_pairs(covariance, k);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

// Rows are projected together on a piece of the columns, whose directions stay in the cache.
constexpr std::int64_t kProjectedColumns = 64, kProjectedRows = 64;

/// row += Σ values[i]·directions[columns[i]], in this order, so that the bits do not depend on how many are added at
/// once. Compiled for wider vectors too, without fused operations, which would change them.
__attribute__((target_clones("avx2", "default"))) void add_scaled(std::span<double> row,
                                                                  const Matrix<double>& directions,
                                                                  std::span<const std::int32_t> columns,
                                                                  std::span<const double> values) {
  const std::size_t n = row.size();
  double* const out = row.data();
  std::size_t i = 0;
  for (; i + 4 <= columns.size(); i += 4) {
    const double *a = directions.row(columns[i]).data(), *b = directions.row(columns[i + 1]).data(),
                 *c = directions.row(columns[i + 2]).data(), *d = directions.row(columns[i + 3]).data();
    const double of_a = values[i], of_b = values[i + 1], of_c = values[i + 2], of_d = values[i + 3];
    for (std::size_t k = 0; k < n; ++k) out[k] = (((out[k] + of_a * a[k]) + of_b * b[k]) + of_c * c[k]) + of_d * d[k];
  }
  for (; i < columns.size(); ++i) {
    const double* a = directions.row(columns[i]).data();
    for (std::size_t k = 0; k < n; ++k) out[k] += values[i] * a[k];
  }
}

}  // namespace

Matrix<double> PrincipalComponents::project(const CommonRows& rows, std::span<const std::int32_t> groups) const {
  GRACEVAE_CHECK(rows.n_cols() == directions.n_rows, "rows with as many columns");
  GRACEVAE_CHECK(groups.empty() || std::ssize(groups) == rows.n_rows(), "a group for each row");
  Matrix<double> of_common(means.n_rows, n_components());
  for (std::int64_t g = 0; g < means.n_rows; ++g)
    for (std::int64_t j = 0; j < rows.n_cols(); ++j) {
      const double gap = static_cast<double>(rows.common[static_cast<std::size_t>(j)]) - means(g, j);
      for (std::int64_t k = 0; k < n_components(); ++k) of_common(g, k) += gap * directions(j, k);
    }
  Matrix<double> scores(rows.n_rows(), n_components());
#pragma omp parallel for schedule(static)
  for (std::int64_t begin = 0; begin < rows.n_rows(); begin += kProjectedRows) {
    const std::int64_t end = std::min(begin + kProjectedRows, rows.n_rows());
    std::array<std::size_t, kProjectedRows> next{};
    for (std::int64_t i = begin; i < end; ++i)
      std::ranges::copy(of_common.row(groups.empty() ? 0 : groups[static_cast<std::size_t>(i)]), scores.row(i).begin());
    for (std::int64_t first = 0; first < rows.n_cols(); first += kProjectedColumns)
      for (std::int64_t i = begin; i < end; ++i) {
        const auto columns = rows.others.row_indices(i);
        const auto values = rows.others.row_values(i);
        std::array<double, kProjectedColumns> gaps;
        std::size_t& k = next[static_cast<std::size_t>(i - begin)];
        const std::size_t from = k;
        for (; k < columns.size() && columns[k] < first + kProjectedColumns; ++k)
          gaps[k - from] =
              static_cast<double>(values[k]) - static_cast<double>(rows.common[static_cast<std::size_t>(columns[k])]);
        add_scaled(scores.row(i), directions, columns.subspan(from, k - from), std::span(gaps).first(k - from));
      }
  }
  return scores;
}

PrincipalComponents principal_components(const CsrView<float>& x, std::span<const std::int64_t> rows,
                                         std::int64_t n_components, std::span<const std::int32_t> groups) {
  GRACEVAE_CHECK(rows.size() >= 2 && n_components >= 1, "components need two rows");
  GRACEVAE_CHECK(groups.empty() || groups.size() == rows.size(), "a group for each row");
  const std::int64_t k = std::min({n_components, x.n_cols, std::ssize(rows) - 1});
  PrincipalComponents result;
  const std::int32_t n_groups = groups.empty() ? 1 : 1 + std::ranges::max(groups);
  std::vector<std::vector<std::int64_t>> members(static_cast<std::size_t>(n_groups));
  for (std::size_t i = 0; i < rows.size(); ++i)
    members[groups.empty() ? 0 : static_cast<std::size_t>(groups[i])].push_back(rows[i]);
  result.means = Matrix<double>(std::ssize(members), x.n_cols);
  std::vector<double> sizes;
  for (std::size_t g = 0; g < members.size(); ++g) {
    sizes.push_back(static_cast<double>(members[g].size()));
    if (!members[g].empty())
      std::ranges::copy(mean_of_rows(x, members[g]), result.means.row(static_cast<std::int64_t>(g)).begin());
  }
  CovarianceProduct covariance(x, rows, result.means, std::move(sizes));
  const bool few_columns = x.n_cols <= 4 * k + 2;
  const EigenPairs pairs = few_columns ? dense_pairs(covariance, k) : lanczos_pairs(covariance, k);
  result.directions = Matrix<double>(x.n_cols, k);
  for (Eigen::Index j = 0; j < k; ++j) {
    Eigen::Index largest = 0;
    pairs.vectors.col(j).cwiseAbs().maxCoeff(&largest);
    const double sign = pairs.vectors(largest, j) < 0 ? -1 : 1;
    for (std::int64_t g = 0; g < x.n_cols; ++g) result.directions(g, j) = sign * pairs.vectors(g, j);
    result.variances.push_back(std::max(pairs.values[j], 0.0));
  }
  return result;
}

std::vector<std::int64_t> draw_rows(std::int64_t n_rows, std::int64_t n_most, Random random) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n_rows));
  std::iota(rows.begin(), rows.end(), 0);
  if (n_rows <= n_most) return rows;
  random.shuffle(rows);
  rows.resize(static_cast<std::size_t>(n_most));
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace gracevae::impl
