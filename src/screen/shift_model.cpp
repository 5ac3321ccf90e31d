#include "screen/shift_model.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
constexpr Eigen::Index kComponents = 10;
constexpr double kRidge = 0.1;

void add(std::vector<double>& sum, const std::vector<double>& row, double factor = 1) {
  for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += factor * row[g];
}

VectorXd to_eigen(const std::vector<double>& values) {
  return Eigen::Map<const VectorXd>(values.data(), std::ssize(values));
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

std::optional<ShiftModel> linear_model(const Screen& screen, const TrainedShifts& trained) {
  std::unordered_map<std::string, Eigen::Index> gene;
  for (std::size_t g = 0; g < screen.genes.size(); ++g) gene.emplace(screen.genes[g], static_cast<Eigen::Index>(g));
  const auto p = static_cast<Eigen::Index>(screen.genes.size());
  const VectorXd control = to_eigen(trained.control_mean);
  MatrixXd means(p, std::ssize(trained.of_target) + 1), y(p, 0);
  means.col(0) = control;
  std::vector<Eigen::Index> of_column;
  Eigen::Index next = 1;
  for (const auto& [target, shift] : trained.of_target) {
    means.col(next++) = control + to_eigen(shift);
    if (const auto found = gene.find(target); found != gene.end()) {
      y.conservativeResize(Eigen::NoChange, y.cols() + 1);
      y.col(y.cols() - 1) = to_eigen(shift);
      of_column.push_back(found->second);
    }
  }
  if (of_column.empty()) return std::nullopt;
  const VectorXd centre = y.rowwise().mean();
  const MatrixXd a = scores(std::move(means)), b = a(of_column, Eigen::all).transpose();
  const MatrixXd k = ridge_inverse(a.transpose() * a) * (a.transpose() * (y.colwise() - centre) * b.transpose()) *
                     ridge_inverse(b * b.transpose());
  ShiftModel model{{centre.data(), centre.data() + p}, std::map<std::string, std::vector<double>>{}};
  for (const auto& target : targets_of(screen))
    if (const auto found = gene.find(target); found != gene.end()) {
      const VectorXd row = a * (k * a.row(found->second).transpose());
      model.rows->emplace(target, std::vector<double>(row.data(), row.data() + p));
    }
  return model;
}

}  // namespace

std::optional<std::vector<double>> ShiftModel::shift(const std::vector<std::string>& targets) const {
  std::vector<double> sum = constant;
  for (const std::string& target : targets) {
    if (!rows) break;
    const auto found = rows->find(target);
    if (found == rows->end()) return std::nullopt;
    add(sum, found->second);
  }
  return sum;
}

TrainedShifts trained_shifts(const Screen& screen, const Split& split) {
  TrainedShifts trained{mean_of_cells(screen, screen.regimes.front().cells), {}};
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.size() != 1) continue;
    const std::vector<std::int64_t> cells = cells_in_fold(regime, split, Fold::train);
    if (cells.empty()) continue;
    std::vector<double> shift = mean_of_cells(screen, cells);
    add(shift, trained.control_mean, -1);
    trained.of_target.emplace(regime.targets.front(), std::move(shift));
  }
  return trained;
}

std::optional<ShiftModel> make_shift_model(const std::string& name, const Screen& screen,
                                           const TrainedShifts& trained) {
  ShiftModel model{std::vector<double>(trained.control_mean.size(), 0.0), std::nullopt};
  if (name == "control") return model;
  if (name == "additive") {
    model.rows = trained.of_target;
    return model;
  }
  if (name == "linear") return linear_model(screen, trained);
  GRACEVAE_CHECK(name == "mean-shift", "a shift model's name");
  if (trained.of_target.empty()) return std::nullopt;
  for (const auto& [target, shift] : trained.of_target)
    add(model.constant, shift, 1 / static_cast<double>(trained.of_target.size()));
  return model;
}

}  // namespace gracevae::impl
