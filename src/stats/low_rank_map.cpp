#include "stats/low_rank_map.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
constexpr Eigen::Index kComponents = 10;
constexpr double kRidge = 0.1;

MatrixXd to_eigen(std::span<const std::vector<double>> columns) {
  MatrixXd result(std::ssize(columns.front()), std::ssize(columns));
  for (Eigen::Index j = 0; j < result.cols(); ++j)
    std::ranges::copy(columns[static_cast<std::size_t>(j)], result.col(j).data());
  return result;
}

/// Scores [p, k] of the columns' first principal components, rows being the observations.
MatrixXd scores(MatrixXd x) {
  x.rowwise() -= x.colwise().mean().eval();
  const MatrixXd gram = x.transpose() * x;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(gram);  // ascending
  return x * solver.eigenvectors().rightCols(std::min(kComponents, x.cols()));
}

MatrixXd ridge_inverse(const MatrixXd& gram) {
  const MatrixXd identity = MatrixXd::Identity(gram.rows(), gram.cols());
  return (gram + kRidge * identity).llt().solve(identity);
}

}  // namespace

LowRankMap low_rank_map(std::span<const std::vector<double>> x, std::span<const std::vector<double>> y,
                        std::span<const std::int64_t> rows_of_y, std::span<const std::int64_t> wanted) {
  GRACEVAE_CHECK(!y.empty() && y.size() == rows_of_y.size(), "a row for every column of Y");
  const MatrixXd targets = to_eigen(y);
  const VectorXd centre = targets.rowwise().mean();
  const MatrixXd a = scores(to_eigen(x)),
                 b = a(std::vector<std::int64_t>(rows_of_y.begin(), rows_of_y.end()), Eigen::all).transpose();
  const MatrixXd k = ridge_inverse(a.transpose() * a) * (a.transpose() * (targets.colwise() - centre) * b.transpose()) *
                     ridge_inverse(b * b.transpose());
  LowRankMap map{{centre.begin(), centre.end()}, {}};
  for (const std::int64_t row : wanted) {
    const VectorXd column = a * (k * a.row(row).transpose());
    map.columns.emplace_back(column.begin(), column.end());
  }
  return map;
}

}  // namespace gracevae::impl
