#include "evaluate/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "base/error.hpp"
#include "kernels/common_rows_mmd.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

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

Matrix<double> in_double(MatrixView<const float> rows) {
  Matrix<double> result;
  result.n_rows = rows.n_rows;
  result.n_cols = rows.n_cols;
  result.values.assign(rows.data, rows.data + rows.n_rows * rows.n_cols);
  return result;
}

std::map<std::string, double> mmd_values(const kernels::MmdEstimates& mmd) {
  return {{"paper.mmd", mmd.biased}, {"mmd.unbiased", mmd.unbiased}};
}

/// Correlation (centred) or cosine that a change which is measured with these squared errors has with the true one, in
/// expectation: √(1 − (N − N∥)/S), S the squared observed change, N its errors' share of it, N∥ that along the change
/// itself, which turns nothing: the errors' mean with weights max(0, Δ² − e). NaN without a change.
double expected_correlation(std::span<const double> mean, std::span<const double> reference,
                            std::span<const double> error, std::span<const double> reference_error, bool centred) {
  const auto n = static_cast<double>(mean.size());
  const double centre = centred ? mean_of(mean) - mean_of(reference) : 0;
  double squares = 0, noise = 0, along = 0, weights = 0;
  for (std::size_t g = 0; g < mean.size(); ++g) {
    const double change = mean[g] - reference[g] - centre,
                 e = error[g] + (reference_error.empty() ? 0 : reference_error[g]);
    const double weight = std::max(0.0, change * change - e);
    squares += change * change;
    noise += e * (centred ? 1 - 1 / n : 1);
    along += weight * e;
    weights += weight;
  }
  if (!(squares > 0)) return kUndefined;
  const double across = noise - (weights > 0 ? along / weights : 0);
  return std::sqrt(std::clamp(1 - across / squares, 0.0, 1.0));
}

}  // namespace

const std::vector<MetricInfo>& metric_infos() {
  static const std::vector<MetricInfo> infos = {
      {"paper.rmse", 1, "√(mean((ŷ−y)²) / mean(y²)) over pairs of predicted and test cells", false, "paper RMSE"},
      {"paper.r2", 1,
       "max(0, 1 − Σ_g(ȳ̂_g−ȳ_g)² / Σ_g(ȳ̂_g−mean ȳ̂)²): as published, the predicted mean stands as the truth", true,
       "paper R2"},
      {"r2.corrected", 2, "1 − Σ_g(ȳ̂_g−ȳ_g)² / Σ_g(ȳ_g−mean ȳ)², ȳ̂ the expected prediction", true, "R2"},
      {"paper.mmd", 1,
       "mean K(ŷ,ŷ′) + mean K(y,y′) − 2 mean K(ŷ,y), diagonals included, K = Σ_{i=0…9} exp(−‖a−b‖² / (σ·2^(i−5))): "
       "compare at equal numbers "
       "of cells only",
       false, "paper MMD"},
      {"mmd.unbiased", 1,
       "paper.mmd without the diagonals, divided by n(n−1): about 0 for cells of the same population, may be negative",
       false, "MMD"},
      {"pearson_delta", 2,
       "correlation over genes of ȳ̂_g−c̄_g and ȳ_g−c̄_g, ȳ̂ the expected prediction, c̄ the mean of the control cells; on "
       "top genes the predicted change is taken from the half of the control cells that chose them, the observed one from "
       "the other half",
       true, "Pearson Δ"},
      {"l2", 2, "√(Σ_g(ȳ̂_g−ȳ_g)²) over the 1,000 genes with the largest c̄, ȳ̂ the expected prediction", false, "L2"},
      {"systema.pearson", 2,
       "correlation over genes of ȳ̂_g−p̄_g and ȳ_g−p̄_g, ȳ̂ the expected prediction, p̄ the mean over all perturbed "
       "conditions of their means",
       true, "Systema Pearson"},
      {"systema.centroid_accuracy", 2,
       "share of the other averaged conditions q of the same kind with ‖ȳ̂−ȳ_q‖ > ‖ȳ̂−ȳ‖, ties half: 1 best, 0.5 chance",
       true, "centroid accuracy"},
      {"vcc.des", 1,
       "|Ŝ∩S|/|S|, S: genes with Benjamini-Hochberg p < 0.05 in Wilcoxon's test of the observed cells against control, "
       "Ŝ: of the predicted cells, the |S| with the largest |ȳ̂_g−c̄_g| where there are more",
       true, "DES"},
      {"vcc.pds", 2,
       "1 − r/P, r: number of the other of P averaged conditions q of the same kind with ‖ȳ̂−ȳ_q‖₁ < ‖ȳ̂−ȳ‖₁ (ties half), the targets' own "
       "genes left out",
       true, "PDS"},
      {"vcc.mae", 2, "mean_g |ȳ̂_g−ȳ_g|, ȳ̂ the expected prediction", false, "MAE"},
      {"perturbench.rank", 2,
       "share of the other averaged conditions q of the same kind predicted with ‖ȳ̂_q−ȳ‖ < ‖ȳ̂−ȳ‖, ties half: 0 best, 0.5 chance",
       false, "rank"},
      {"perturbench.cosine", 2, "cosine over genes of ȳ̂_g−c̄_g and ȳ_g−c̄_g, as pearson_delta", true, "cosine"},
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

double paper_rmse(const CommonRows& predicted, const CommonRows& observed) {
  GRACEVAE_CHECK(predicted.n_rows() == observed.n_rows() && predicted.n_cols() == observed.n_cols(),
                 "RMSE is over pairs of cells");
  // What two rows without a value of their own would give, corrected where a row has one.
  std::vector<double> truth(observed.common.begin(), observed.common.end()), common_error;
  double error = 0, power = 0;
  for (std::size_t g = 0; g < truth.size(); ++g) {
    const double gap = static_cast<double>(predicted.common[g]) - truth[g];
    common_error.push_back(gap * gap);
    error += gap * gap;
    power += truth[g] * truth[g];
  }
  error *= static_cast<double>(observed.n_rows());
  power *= static_cast<double>(observed.n_rows());
  for (std::int64_t i = 0; i < observed.n_rows(); ++i) {
    const auto columns = observed.others.row_indices(i), predicted_columns = predicted.others.row_indices(i);
    const auto values = observed.others.row_values(i), predicted_values = predicted.others.row_values(i);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto g = static_cast<std::size_t>(columns[k]);
      const double value = static_cast<double>(values[k]);
      power += value * value - truth[g] * truth[g];
      truth[g] = value;
    }
    const auto correct = [&](std::int32_t column, float prediction) {  // and back to what is common
      const auto g = static_cast<std::size_t>(column);
      const double gap = static_cast<double>(prediction) - truth[g];
      error += gap * gap - common_error[g];
      truth[g] = static_cast<double>(observed.common[g]);
    };
    for (std::size_t k = 0; k < predicted_columns.size(); ++k) correct(predicted_columns[k], predicted_values[k]);
    for (const std::int32_t column : columns) correct(column, predicted.common[static_cast<std::size_t>(column)]);
  }
  return power > 0 ? std::sqrt(error < 0 ? 0 : error / power) : kUndefined;
}

std::vector<double> column_means(const CommonRows& rows) {
  std::vector<double> sums(rows.common.size(), 0.0), n_common(sums.size(), static_cast<double>(rows.n_rows()));
  for (std::size_t k = 0; k < rows.others.values.size(); ++k) {
    const auto g = static_cast<std::size_t>(rows.others.indices[k]);
    sums[g] += static_cast<double>(rows.others.values[k]);
    n_common[g] -= 1;
  }
  for (std::size_t g = 0; g < sums.size(); ++g)
    sums[g] = (sums[g] + n_common[g] * static_cast<double>(rows.common[g])) / static_cast<double>(rows.n_rows());
  return sums;
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

std::map<std::string, double> mmd_scores(const CellPair& cells, double sigma) {
  GRACEVAE_CHECK(cells.predicted.n_cols == cells.observed.n_cols, "predicted and observed cells have the same genes");
  const Matrix<double> predicted = in_double(cells.predicted), observed = in_double(cells.observed);
  return mmd_values(kernels::mmd2_estimates<double>(predicted.view(), observed.view(), {.sigma = sigma}));
}

std::map<std::string, double> mmd_scores(const CommonRows& predicted, const CommonRows& observed, double sigma) {
  return mmd_values(kernels::mmd2_estimates(predicted, observed, {.sigma = sigma}));
}

std::map<std::string, double> paper_scores(const CellPair& cells) {
  std::map<std::string, double> values = {
      {"paper.r2", paper_r2(column_means(cells.predicted), column_means(cells.observed))}};
  if (cells.predicted.n_rows == cells.observed.n_rows)
    values["paper.rmse"] = paper_rmse(cells.predicted, cells.observed);
  return values;
}

std::map<std::string, double> paper_scores(const CommonRows& predicted, const CommonRows& observed) {
  return {{"paper.r2", paper_r2(column_means(predicted), column_means(observed))},
          {"paper.rmse", paper_rmse(predicted, observed)}};
}

std::map<std::string, double> mean_scores(const MeanPair& means) {
  std::vector<double> change(means.predicted.size()), observed_change(change.size());
  const std::vector<double> none(change.size(), 0.0);
  for (std::size_t g = 0; g < change.size(); ++g) {
    change[g] = means.predicted[g] - means.control[g];
    observed_change[g] = means.observed[g] - means.observed_control[g];
  }
  return {{"r2.corrected", r2_corrected(means.predicted, means.observed)},
          {"pearson_delta", pearson_delta(change, observed_change, none)},
          {"systema.pearson", pearson_delta(means.predicted, means.observed, means.perturbed)},
          {"vcc.mae", mean_absolute_error(means.predicted, means.observed)},
          {"perturbench.cosine", cosine_delta(change, observed_change, none)}};
}

std::map<std::string, double> noise_free_scores(const MeanPair& means) {
  const std::vector<double>& error = means.observed_error;
  const double centre = mean_of(means.observed);
  double total = 0, noise = 0, absolute = 0;
  for (std::size_t g = 0; g < error.size(); ++g) {
    total += (means.observed[g] - centre) * (means.observed[g] - centre);
    noise += error[g];
    absolute += std::sqrt(2 * error[g] / std::numbers::pi);
  }
  const auto correlation = [&](const std::vector<double>& reference, const std::vector<double>& reference_error,
                               bool centred) {
    return expected_correlation(means.observed, reference, error, reference_error, centred);
  };
  return {{"r2.corrected", total > 0 ? 1 - noise / total : kUndefined},
          {"pearson_delta", correlation(means.observed_control, means.control_error, true)},
          {"systema.pearson", correlation(means.perturbed, {}, true)},
          {"vcc.mae", absolute / static_cast<double>(error.size())},
          {"perturbench.cosine", correlation(means.observed_control, means.control_error, false)}};
}

}  // namespace gracevae::impl
