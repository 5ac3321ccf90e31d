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
};
const std::vector<MetricInfo>& metric_infos();

/// √(mean((ŷ−y)²) / mean(y²)) over pairs of rows; NaN when every y is 0. @paper GraCE-VAE (RMSE)
double paper_rmse(MatrixView<const float> predicted, MatrixView<const float> observed);
/// max(0, 1 − Σ_g(ȳ̂_g−ȳ_g)² / Σ_g(ȳ̂_g−mean ȳ̂)²): the published code passes the predicted mean as the truth. A
/// constant truth gives 1 when it is met exactly and 0 when not, as scikit-learn's r2_score, which the published code
/// calls.
/// @paper GraCE-VAE (R2)
double paper_r2(std::span<const double> predicted_mean, std::span<const double> observed_mean);
/// The same with the observed mean in the denominator, not clipped.
double r2_corrected(std::span<const double> predicted_mean, std::span<const double> observed_mean);
/// cor(Δ̂, Δ), Δ = mean − control mean; NaN when either is constant.
double pearson_delta(std::span<const double> predicted_mean, std::span<const double> observed_mean,
                     std::span<const double> control_mean);

/// Predicted and observed cells of one condition.
struct ConditionInput {
  MatrixView<const float> predicted, observed;  ///< [n, genes], [m, genes]
  std::span<const double> control_mean;         ///< [genes]
  std::span<const std::int32_t> columns;        ///< genes to score on; empty = all
  double mmd_sigma = 1000;
};
/// Metric ids to values (NaN where a value is not defined): paper.rmse, paper.r2, r2.corrected, paper.mmd,
/// mmd.unbiased, pearson_delta. paper.rmse needs as many predicted as observed rows (paired), else it is left out. Cost
/// O((n+m)²·genes) through the MMD.
std::map<std::string, double> score_condition(const ConditionInput& input);

}  // namespace gracevae
