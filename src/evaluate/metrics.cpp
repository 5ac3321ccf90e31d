#include "evaluate/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/statistics.hpp"
#include "kernels/mmd.hpp"

namespace gracevae {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// 1 − Σ(ȳ̂−ȳ)² / Σ(truth−mean truth)². A constant truth gives 1 when it is met and 0 when not, as scikit-learn's
/// r2_score.
double determination(std::span<const double> predicted, std::span<const double> observed,
                     std::span<const double> truth) {
  const double centre = mean_of(truth);
  double residual = 0, total = 0;
  for (std::size_t g = 0; g < truth.size(); ++g) {
    residual += (predicted[g] - observed[g]) * (predicted[g] - observed[g]);
    total += (truth[g] - centre) * (truth[g] - centre);
  }
  if (total == 0) return residual == 0 ? 1 : 0;
  return 1 - residual / total;
}

/// The chosen columns, copied into `buffer`; the rows themselves when `columns` is empty.
MatrixView<const float> chosen_columns(MatrixView<const float> rows, std::span<const std::int32_t> columns,
                                       Matrix<float>& buffer) {
  if (columns.empty()) return rows;
  buffer = Matrix<float>(rows.n_rows, static_cast<std::int64_t>(columns.size()));
  for (std::int64_t i = 0; i < rows.n_rows; ++i)
    for (std::size_t k = 0; k < columns.size(); ++k) buffer(i, static_cast<std::int64_t>(k)) = rows(i, columns[k]);
  return std::as_const(buffer).view();
}

Matrix<double> in_double(MatrixView<const float> rows) {
  Matrix<double> result;
  result.n_rows = rows.n_rows;
  result.n_cols = rows.n_cols;
  result.values.assign(rows.data, rows.data + rows.n_rows * rows.n_cols);
  return result;
}

std::vector<double> chosen(std::span<const double> values, std::span<const std::int32_t> columns) {
  if (columns.empty()) return {values.begin(), values.end()};
  std::vector<double> result;
  for (const std::int32_t column : columns) result.push_back(values[static_cast<std::size_t>(column)]);
  return result;
}

}  // namespace

const std::vector<MetricInfo>& metric_infos() {
  static const std::vector<MetricInfo> infos = {
      {"paper.rmse", 1, "√(mean((ŷ−y)²) / mean(y²)) over pairs of predicted and test cells", false, "RMSE"},
      {"paper.r2", 1,
       "max(0, 1 − Σ_g(ȳ̂_g−ȳ_g)² / Σ_g(ȳ̂_g−mean ȳ̂)²): as published, the predicted mean stands as the truth", true,
       "R2"},
      {"r2.corrected", 1, "1 − Σ_g(ȳ̂_g−ȳ_g)² / Σ_g(ȳ_g−mean ȳ)²", true, "R2 corrected"},
      {"paper.mmd", 1,
       "mean K(ŷ,ŷ′) + mean K(y,y′) − 2 mean K(ŷ,y), diagonals included, K = Σ_{i=0…9} exp(−‖a−b‖² / (σ·2^(i−5))): "
       "compare at equal numbers "
       "of cells only",
       false, "MMD"},
      {"mmd.unbiased", 1,
       "paper.mmd without the diagonals, divided by n(n−1): about 0 for cells of the same population, may be negative",
       false, "MMD unbiased"},
      {"pearson_delta", 1, "correlation over genes of ȳ̂_g−c̄_g and ȳ_g−c̄_g, c̄ the mean of the control cells", true,
       "Pearson Δ"},
      {"l2", 1, "√(Σ_g(ȳ̂_g−ȳ_g)²) over the 1,000 genes with the largest c̄", false, "L2"},
      {"systema.pearson", 1,
       "correlation over genes of ȳ̂_g−p̄_g and ȳ_g−p̄_g, p̄ the mean over all perturbed conditions of their means", true,
       "Systema Pearson"},
      {"systema.centroid_accuracy", 1,
       "share of the other scored conditions q with ‖ȳ̂−ȳ_q‖ > ‖ȳ̂−ȳ‖, ties half: 1 best, 0.5 chance", true,
       "centroid accuracy"},
      {"vcc.des", 1,
       "|Ŝ∩S|/|S|, S: genes with Benjamini-Hochberg p < 0.05 in Wilcoxon's test of the observed cells against control, "
       "Ŝ: of the predicted cells, the |S| with the largest |ȳ̂_g−c̄_g| where there are more",
       true, "DES"},
      {"vcc.pds", 1,
       "1 − r/P, r: number of the other of P scored conditions q with ‖ȳ̂−ȳ_q‖₁ < ‖ȳ̂−ȳ‖₁ (ties half), the targets' own "
       "genes left out",
       true, "PDS"},
      {"vcc.mae", 1, "mean_g |ȳ̂_g−ȳ_g|", false, "MAE"},
      {"perturbench.rank", 1,
       "share of the other conditions q predicted with ‖ȳ̂_q−ȳ‖ < ‖ȳ̂−ȳ‖, ties half: 0 best, 0.5 chance", false, "rank"},
      {"perturbench.cosine", 1, "cosine over genes of ȳ̂_g−c̄_g and ȳ_g−c̄_g", true, "cosine"},
      {"e_distance", 1,
       "2E‖ŷ−y‖ − E‖ŷ−ŷ′‖ − E‖y−y′‖ on 50 principal components of the screen, no cell with itself: about 0 for cells of "
       "the same population",
       false, "E-distance"}};
  return infos;
}

const MetricInfo& metric_info(const std::string& id) {
  const auto& infos = metric_infos();
  const auto found = std::find_if(infos.begin(), infos.end(), [&](const MetricInfo& info) { return info.id == id; });
  GRACEVAE_CHECK(found != infos.end(), "a metric's id");
  return *found;
}

double paper_rmse(MatrixView<const float> predicted, MatrixView<const float> observed) {
  GRACEVAE_CHECK(predicted.n_rows == observed.n_rows && predicted.n_cols == observed.n_cols,
                 "RMSE is over pairs of cells");
  double error = 0, power = 0;
  for (std::int64_t k = 0; k < observed.n_rows * observed.n_cols; ++k) {
    const double truth = static_cast<double>(observed.data[k]), gap = static_cast<double>(predicted.data[k]) - truth;
    error += gap * gap;
    power += truth * truth;
  }
  return power > 0 ? std::sqrt(error / power) : kUndefined;
}

double paper_r2(std::span<const double> predicted_mean, std::span<const double> observed_mean) {
  const double r2 = determination(predicted_mean, observed_mean, predicted_mean);
  return r2 < 0 ? 0 : r2;  // not std::max: NaN must stay NaN
}

double r2_corrected(std::span<const double> predicted_mean, std::span<const double> observed_mean) {
  return determination(predicted_mean, observed_mean, observed_mean);
}

double pearson_delta(std::span<const double> predicted_mean, std::span<const double> observed_mean,
                     std::span<const double> control_mean) {
  const double shift = mean_of(control_mean);
  const double predicted_centre = mean_of(predicted_mean) - shift, observed_centre = mean_of(observed_mean) - shift;
  double product = 0, predicted_power = 0, observed_power = 0;
  for (std::size_t g = 0; g < control_mean.size(); ++g) {
    const double predicted = predicted_mean[g] - control_mean[g] - predicted_centre;
    const double observed = observed_mean[g] - control_mean[g] - observed_centre;
    product += predicted * observed;
    predicted_power += predicted * predicted;
    observed_power += observed * observed;
  }
  const double scale = std::sqrt(predicted_power) * std::sqrt(observed_power);
  return scale > 0 ? product / scale : kUndefined;
}

double cosine_delta(std::span<const double> predicted_mean, std::span<const double> observed_mean,
                    std::span<const double> control_mean) {
  double product = 0, predicted_power = 0, observed_power = 0;
  for (std::size_t g = 0; g < control_mean.size(); ++g) {
    const double predicted = predicted_mean[g] - control_mean[g], observed = observed_mean[g] - control_mean[g];
    product += predicted * observed;
    predicted_power += predicted * predicted;
    observed_power += observed * observed;
  }
  const double scale = std::sqrt(predicted_power) * std::sqrt(observed_power);
  return scale > 0 ? product / scale : kUndefined;
}

double mean_absolute_error(std::span<const double> predicted_mean, std::span<const double> observed_mean) {
  double sum = 0;
  for (std::size_t g = 0; g < observed_mean.size(); ++g) sum += std::abs(predicted_mean[g] - observed_mean[g]);
  return sum / static_cast<double>(observed_mean.size());
}

double energy_distance(MatrixView<const double> x, MatrixView<const double> y) {
  if (x.n_rows < 2 || y.n_rows < 2) return kUndefined;
  const Matrix<double> squared = kernels::squared_distances(x, y);
  double within_x = 0, within_y = 0, between = 0;
  for (std::int64_t i = 0; i < squared.n_rows; ++i)
    for (std::int64_t j = i + 1; j < squared.n_rows; ++j)
      (j < x.n_rows ? within_x : i >= x.n_rows ? within_y : between) += std::sqrt(squared(i, j));
  const auto n = static_cast<double>(x.n_rows), m = static_cast<double>(y.n_rows);
  return 2 * between / (n * m) - 2 * within_x / (n * (n - 1)) - 2 * within_y / (m * (m - 1));
}

std::vector<double> column_means(MatrixView<const float> rows) {
  std::vector<double> means(static_cast<std::size_t>(rows.n_cols), 0.0);
  for (std::int64_t i = 0; i < rows.n_rows; ++i) {
    const auto row = rows.row(i);
    for (std::size_t g = 0; g < means.size(); ++g) means[g] += static_cast<double>(row[g]);
  }
  for (double& mean : means) mean /= static_cast<double>(rows.n_rows);
  return means;
}

std::map<std::string, double> score_condition(const ConditionInput& input) {
  GRACEVAE_CHECK(input.predicted.n_cols == input.observed.n_cols, "predicted and observed cells have the same genes");
  GRACEVAE_CHECK(static_cast<std::int64_t>(input.control_mean.size()) == input.observed.n_cols &&
                     input.perturbed_mean.size() == input.control_mean.size(),
                 "one mean a gene");
  GRACEVAE_CHECK(input.predicted.n_rows > 0 && input.observed.n_rows > 0, "a condition without cells");
  Matrix<float> chosen_predicted, chosen_observed;
  const MatrixView<const float> predicted = chosen_columns(input.predicted, input.columns, chosen_predicted),
                                observed = chosen_columns(input.observed, input.columns, chosen_observed);
  const std::vector<double> control_mean = chosen(input.control_mean, input.columns),
                            perturbed_mean = chosen(input.perturbed_mean, input.columns);
  const std::vector<double> predicted_mean = column_means(predicted), observed_mean = column_means(observed);
  const Matrix<double> exact_predicted = in_double(predicted), exact_observed = in_double(observed);
  const kernels::MmdEstimates mmd =
      kernels::mmd2_estimates<double>(exact_predicted.view(), exact_observed.view(), {.sigma = input.mmd_sigma});

  std::map<std::string, double> values = {{"paper.r2", paper_r2(predicted_mean, observed_mean)},
                                          {"r2.corrected", r2_corrected(predicted_mean, observed_mean)},
                                          {"paper.mmd", mmd.biased},
                                          {"mmd.unbiased", mmd.unbiased},
                                          {"pearson_delta", pearson_delta(predicted_mean, observed_mean, control_mean)},
                                          {"systema.pearson",
                                           pearson_delta(predicted_mean, observed_mean, perturbed_mean)},
                                          {"vcc.mae", mean_absolute_error(predicted_mean, observed_mean)},
                                          {"perturbench.cosine",
                                           cosine_delta(predicted_mean, observed_mean, control_mean)}};
  if (predicted.n_rows == observed.n_rows) values["paper.rmse"] = paper_rmse(predicted, observed);
  return values;
}

}  // namespace gracevae
