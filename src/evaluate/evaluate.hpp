#pragma once
/// @file Scores of a run's predictions beside the trivial baselines and the ceiling.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/matrix.hpp"
#include "base/options.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"

namespace gracevae {

/// Section [evaluate].
struct EvaluateOptions {
  std::int64_t n_top_genes = 20;   ///< DE genes a condition is scored on, by |Welch t| against control over all cells
  double mmd_sigma_single = 1000;  ///< σ for conditions of one target, and for all-gene scores
  double mmd_sigma_double = 100;   ///< σ for conditions of several targets on DE genes, as published
  void bind(OptionTable& table);
};

/// The rows of a table of scores, in this order everywhere: chance, the shift models, the model, the ceiling.
std::vector<std::string> score_methods();
/// "Single targets" of kind "single", "Several targets" of "double".
std::string kind_title(const std::string& kind);

/// Predicted cells of test conditions, in the order of the test cells they are paired with.
struct Prediction {
  std::string condition;               ///< canonical label
  std::vector<std::int64_t> cells;     ///< rows of the screen: the observed test cells
  std::vector<std::int64_t> controls;  ///< rows of the screen: the control cell each prediction started from
  Matrix<float> values;                ///< [cells.size(), n_genes]
};

/// Scores every prediction, and for the same cells: `chance` (training cells of another condition; ranks by their
/// expectation), `control` (the paired control cells), `mean-shift` (control + mean shift of all training regimes),
/// `additive` (control + Σ over targets of mean(training cells of the target) − mean(control)), and `ceiling` (other
/// real cells of the condition: training cells for a single, one random half against the other for conditions that
/// never trained). A condition with a target that never trained has no additive row. Randomness only in the draws of
/// chance, ceiling and the cells of the principal components (seeded). Returns metrics.json's content
/// (docs/formats.md): {"format": "gracevae-metrics/1", "n_top_genes", "metrics": {id: {version, formula,
/// higher_is_better}}, "conditions":
/// [{condition, kind, stratum, n_cells, gene_set: "de"|"all", method, metrics: {id: value|null}, without those that are
/// not defined there}], "summary": [{kind: "single"|"double", gene_set, method, n_conditions, metrics}], "de_genes":
/// {condition: [symbols]}, "warnings": [text]} kind "double" stands for two or more targets. A collapse warning is
/// added when predicted means hardly differ between conditions (mean over genes of their variance across conditions
/// under 5 % of the observed one).
nlohmann::ordered_json evaluate_predictions(const Screen& screen, const Split& split,
                                            const std::vector<Prediction>& predictions, const EvaluateOptions& options,
                                            std::uint64_t seed);

/// predictions.h5ad (obs: condition, source, cell, paired_control; see docs/formats.md) → predictions of the test
/// cells.
std::vector<Prediction> read_predictions(const std::filesystem::path& path, const Screen& screen);

/// The summary as a table for the screen: rows kind x method, columns R2, RMSE, MMD, Pearson Δ on top DE genes and on
/// all genes.
std::string summary_text(const nlohmann::ordered_json& metrics);
/// metrics.tsv: long form, one row a condition, gene set, method and metric.
void write_metrics_tsv(const std::filesystem::path& path, const nlohmann::ordered_json& metrics);

}  // namespace gracevae
