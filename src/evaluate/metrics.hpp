#pragma once
/// @file Metrics of one condition. Rows are cells, columns genes; all sums in double.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.hpp"

namespace gracevae {

/// Id, version, formula and direction of a metric; the source of docs/metrics.md and of metrics.json's "metrics"
/// object.
struct MetricInfo {
  std::string id;  ///< "paper.rmse"
  int version;
  std::string formula;  ///< one line of plain text
  bool higher_is_better;
  std::string title = id;  ///< "RMSE", a column's head
};
const std::vector<MetricInfo>& metric_infos();
/// Of this id, which must be one.
const MetricInfo& metric_info(const std::string& id);
/// What tables show on top genes and on all genes: R2, RMSE, MMD, Pearson Δ.
inline const std::vector<std::string> kHeadlineMetrics{"paper.r2", "paper.rmse", "paper.mmd", "pearson_delta"};
/// What they show besides, on all genes: the scores that the field's benchmarks have added.
inline const std::vector<std::string> kFieldMetrics{
    "systema.pearson",  "systema.centroid_accuracy", "vcc.des", "vcc.pds",   "vcc.mae",
    "perturbench.rank", "perturbench.cosine",        "l2",      "e_distance"};

/// √(mean((ŷ−y)²) / mean(y²)) over pairs of rows; NaN when every y is 0. @paper GraCE-VAE (RMSE)
double paper_rmse(MatrixView<const float> predicted, MatrixView<const float> observed);
/// max(0, 1 − Σ_g(ȳ̂_g−ȳ_g)² / Σ_g(ȳ̂_g−mean ȳ̂)²): the published code passes the predicted mean as the truth. A
/// constant truth gives 1 when it is met exactly and 0 when not, as scikit-learn's r2_score, which the published code
/// calls.
/// @paper GraCE-VAE (R2)
double paper_r2(std::span<const double> predicted_mean, std::span<const double> observed_mean);
/// The same with the observed mean in the denominator, not clipped.
double r2_corrected(std::span<const double> predicted_mean, std::span<const double> observed_mean);
/// cor(Δ̂, Δ) over genes, Δ = mean − reference; NaN when either is constant. pearson_delta with the mean of control,
/// systema.pearson with the mean over perturbed conditions (Viñas Torné et al. 2025).
double pearson_delta(std::span<const double> predicted_mean, std::span<const double> observed_mean,
                     std::span<const double> reference_mean);
/// Δ̂·Δ / (‖Δ̂‖‖Δ‖), Δ = mean − control mean; NaN when either is 0.
double cosine_delta(std::span<const double> predicted_mean, std::span<const double> observed_mean,
                    std::span<const double> control_mean);
/// Mean over genes of |ȳ̂−ȳ|.
double mean_absolute_error(std::span<const double> predicted_mean, std::span<const double> observed_mean);
/// 2E‖X−Y‖ − E‖X−X′‖ − E‖Y−Y′‖ over rows, no row with itself; NaN with fewer than two rows on a side.
double energy_distance(MatrixView<const double> x, MatrixView<const double> y);

/// Mean over rows, one value a column.
std::vector<double> column_means(MatrixView<const float> rows);

/// Predicted and observed cells of one condition.
struct ConditionInput {
  MatrixView<const float> predicted, observed;  ///< [n, genes], [m, genes]
  std::span<const double> control_mean;         ///< [genes]
  std::span<const double> perturbed_mean;       ///< [genes], mean over perturbed conditions of their means
  std::span<const std::int32_t> columns;        ///< genes to score on; empty = all
  double mmd_sigma = 1000;
};
/// Metric ids to values (NaN where a value is not defined): paper.rmse, paper.r2, r2.corrected, paper.mmd,
/// mmd.unbiased, pearson_delta, systema.pearson, vcc.mae, perturbench.cosine. paper.rmse needs as many predicted as
/// observed rows (paired), else it is left out. Cost O((n+m)²·genes) through the MMD.
std::map<std::string, double> score_condition(const ConditionInput& input);

}  // namespace gracevae
