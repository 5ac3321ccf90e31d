#pragma once
/// @file Metrics of one condition. Rows are cells, columns genes; all sums in double.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/common_rows.hpp"

namespace gracevae::impl {

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
/// What tables show first: on top genes that were chosen without the cells that are scored, and on all genes.
inline const std::vector<std::string> kHeadlineMetrics{"r2.corrected", "mmd.unbiased", "pearson_delta"};
/// The paper's, on the genes that it takes.
inline const std::vector<std::string> kPaperMetrics{"paper.r2", "paper.rmse", "paper.mmd"};
/// What tables show besides, on all genes: the scores that the field's benchmarks have added.
inline const std::vector<std::string> kFieldMetrics{
    "systema.pearson", "systema.centroid_accuracy", "vcc.pds", "perturbench.rank", "vcc.des",
    "vcc.mae",         "perturbench.cosine",        "l2",      "e_distance"};

/// √(mean((ŷ−y)²) / mean(y²)) over pairs of rows; NaN when every y is 0. @paper GraCE-VAE (RMSE)
double paper_rmse(MatrixView<const float> predicted, MatrixView<const float> observed);
double paper_rmse(const CommonRows& predicted, const CommonRows& observed);
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
std::vector<double> column_means(const CommonRows& rows);

/// Two sets of cells with the same genes.
struct CellPair {
  MatrixView<const float> predicted, observed;  ///< [n, genes], [m, genes]
};
/// mmd.unbiased and paper.mmd. Cost O((n+m)²·genes).
std::map<std::string, double> mmd_scores(const CellPair& cells, double sigma);
std::map<std::string, double> mmd_scores(const CommonRows& predicted, const CommonRows& observed, double sigma);
/// paper.r2 and, of as many rows on both sides (pairs), paper.rmse.
std::map<std::string, double> paper_scores(const CellPair& cells);
/// Of pairs.
std::map<std::string, double> paper_scores(const CommonRows& predicted, const CommonRows& observed);

/// Means of one condition over the same genes, and what changes are taken from.
struct MeanPair {
  std::vector<double> predicted;         ///< expected prediction
  std::vector<double> observed;          ///< mean of the cells that are scored
  std::vector<double> observed_error;    ///< its squared standard error
  std::vector<double> control;           ///< mean of control that the prediction's change is taken from
  std::vector<double> observed_control;  ///< that of the observed change: `control`, or other control cells
  std::vector<double> control_error;     ///< squared standard error of the latter; zeros where both are the same cells
  std::vector<double> perturbed;         ///< mean over perturbed conditions of their means
};
/// r2.corrected, pearson_delta, systema.pearson, vcc.mae and perturbench.cosine; NaN where a value is not defined.
std::map<std::string, double> mean_scores(const MeanPair& means);
/// What the true mean would get, `predicted` not read: the same ids in expectation over the sampling of the observed
/// cells (and of the control cells where they are others), with unbiased estimates of the squares: with e the squared
/// errors, S the sum of squares of the observed change (centred where the score is), N the errors' share of it and N∥
/// their part along the change, r2.corrected 1 − Σe/Σ(ȳ−mean ȳ)², correlations and cosine √(1 − (N − N∥)/S), vcc.mae
/// mean √(2e/π). Errors of genes are taken for independent: where they go together, correlations can be higher.
/// @test tests/unit/evaluate/mean_scores_test.cpp
std::map<std::string, double> noise_free_scores(const MeanPair& means);

}  // namespace gracevae::impl
