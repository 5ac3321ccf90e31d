#pragma once
/// @file Scores of a run's predictions beside the trivial baselines and the ceiling.
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/options.hpp"
#include "effects/effect_options.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Conditions of fewer test cells have no scores at all (fewer where --min-test-cells is smaller).
inline constexpr std::int64_t kFewestScored = 5;

/// Section [evaluate].
struct EvaluateOptions {
  std::int64_t n_top_genes = 20;      ///< genes that a condition is scored on besides all genes
  std::int64_t min_test_cells = 20;   ///< conditions of fewer test cells are listed, not averaged
  std::int64_t de_min_cells = 10;     ///< fewer cells choose no genes
  std::string de_cells = "held-out";  ///< held-out or all: what tables show on top genes; both are in metrics.json
  double mmd_sigma_single = 1000;     ///< σ for conditions of one target, and for all-gene scores
  double mmd_sigma_double = 100;      ///< σ for conditions of several targets on DE genes, as published
  void bind(OptionTable& table);
};

/// The rows of a table of scores, in this order everywhere: chance, the baselines, the model, and the two ceilings,
/// replicate (other real cells) and noise-free (what the true mean would get).
std::vector<std::string> score_methods();
/// Whether it is one of the last two.
bool is_ceiling(const std::string& method);
/// "Single targets" of kind "single", "Several targets" of "double".
std::string kind_title(const std::string& kind);

/// Predicted cells of test conditions, in the order of the test cells they are paired with.
struct Prediction {
  std::string condition;               ///< canonical label
  std::vector<std::int64_t> cells;     ///< rows of the screen: the observed test cells
  std::vector<std::int64_t> controls;  ///< rows of the screen: the control cell each prediction started from
  Matrix<float> values;                ///< [cells.size(), n_genes]
  std::vector<double> expected = {};   ///< [n_genes] mean over many control cells; empty = that of `values`
  std::map<std::string, std::vector<double>> expected_in = {};  ///< the same by name of stratum
};

/// Reads what effects of unseen targets are predicted from; empty: from nothing.
using EffectSources = std::function<EffectOptions()>;

/// Scores every prediction, and beside it for the same cells the rows of score_methods(), each where it is defined.
/// Scores of means compare the expected prediction (all control cells, or Prediction::expected) with the mean of the
/// test cells; scores of distributions compare as many cells as there are test cells. Gene sets: `de`, the top genes
/// chosen without the cells that are scored (evaluate/de_genes.hpp; none with too few cells); `all`; `paper`, the genes
/// and scores of the published protocol. Randomness only in halves, draws of chance and replicate, and the cells of the
/// principal components (seeded). Returns metrics.json's content, format kMetricsFormat (docs/formats.md). Averages
/// are over conditions of at least min_test_cells test cells; with standard errors over conditions, and with how many
/// conditions each is over. `model`: name of the run's model, for the sentences that compare it with the baselines; ""
/// where it is not known. With strata (screen/covariates.hpp) every score is taken within each, the
/// stratum a screen of its own, whose baselines borrow from the others what does not train in it; a condition's scores
/// are the means over its strata, weighted by their test cells ("conditions_within" has each). `sources`: what the
/// effects of targets that do not train are predicted from (evaluate/unseen.hpp), asked for where there is one; none:
/// they are not.
nlohmann::ordered_json evaluate_predictions(const Screen& screen, const Split& split,
                                            const std::vector<Prediction>& predictions, const EvaluateOptions& options,
                                            std::uint64_t seed, const std::string& model = "",
                                            const EffectSources& sources = {});

/// Condition → expected prediction [n_genes], of the files that have them (docs/formats.md); else empty.
using ExpectedMeans = std::map<std::string, std::vector<double>>;
ExpectedMeans read_expected_means(const std::filesystem::path& path);

/// predictions.h5ad (obs: condition, source, cell, paired_control; varm gracevae_expected, where it is there; see
/// docs/formats.md) → predictions of the test cells.
std::vector<Prediction> read_predictions(const std::filesystem::path& path, const Screen& screen);

/// The summary as tables for the screen, a method a row: the headline scores on top genes (of the held-out or the
/// published choice, as metrics.json says) and on all genes, each with its standard error over conditions; the field's
/// other scores; what is missing from the averages and why; the warnings.
std::string summary_text(const nlohmann::ordered_json& metrics);
/// metrics.tsv: long form, one row a condition, gene set, method and metric.
void write_metrics_tsv(const std::filesystem::path& path, const nlohmann::ordered_json& metrics);

}  // namespace gracevae::impl
