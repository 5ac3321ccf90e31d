#include "evaluate/evaluate.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "evaluate/baselines.hpp"
#include "evaluate/metrics.hpp"
#include "evaluate/warnings.hpp"
#include "screen/differential.hpp"

namespace gracevae {

namespace {

using Json = nlohmann::ordered_json;

std::int32_t regime_named(const Screen& screen, const std::string& label) {
  std::vector<std::string> labels;
  for (std::size_t k = 0; k < screen.regimes.size(); ++k) {
    if (screen.regimes[k].label == label) return static_cast<std::int32_t>(k);
    labels.push_back(screen.regimes[k].label);
  }
  throw InputError(fmt::format("predictions: condition '{}' has no observed cells in {}, nothing to score it on", label,
                               screen.source),
                   nearest_hint(label, labels));
}

std::vector<double> means_of(const Matrix<float>& rows) {
  std::vector<double> means(static_cast<std::size_t>(rows.n_cols), 0.0);
  for (std::int64_t i = 0; i < rows.n_rows; ++i)
    for (std::size_t g = 0; g < means.size(); ++g)
      means[g] += static_cast<double>(rows.row(i)[g]) / static_cast<double>(rows.n_rows);
  return means;
}

Json metrics_object(const std::map<std::string, double>& values) {
  Json object = Json::object();
  for (const auto& info : metric_infos()) {
    const auto found = values.find(info.id);
    object[info.id] = found == values.end() || !std::isfinite(found->second) ? Json() : Json(found->second);
  }
  return object;
}

/// One condition: who it is, where it is scored, and the rows made of it so far.
class ConditionScorer {
 public:
  ConditionScorer(const Screen& screen, const Split& split, const Prediction& prediction,
                  const EvaluateOptions& options)
      : regime_index_(regime_named(screen, prediction.condition)),
        regime_(screen.regimes[static_cast<std::size_t>(regime_index_)]),
        stratum_(stratum_of(screen, split, regime_index_)), options_(options) {
    const std::vector<double> scores = welch_t(screen, regime_.cells, screen.regimes.front().cells);
    top_genes_ = top_genes(scores, options.n_top_genes);
  }

  std::int32_t regime_index() const { return regime_index_; }
  const Regime& regime() const { return regime_; }
  const std::vector<std::int32_t>& top() const { return top_genes_; }

  /// Two rows, top genes and all genes.
  void score(const std::string& method, const Matrix<float>& predicted, const Matrix<float>& observed,
             const Baselines& baselines, Json& rows) const {
    const bool single = regime_.targets.size() < 2;
    for (const bool top_only : {true, false}) {
      ConditionInput input{predicted.view(), observed.view(), baselines.control_mean(), {}, options_.mmd_sigma_single};
      if (top_only) input.columns = top_genes_;
      if (top_only && !single) input.mmd_sigma = options_.mmd_sigma_double;
      rows.push_back({{"condition", regime_.label},
                      {"kind", single ? "single" : "double"},
                      {"stratum", stratum_},
                      {"n_cells", observed.n_rows},
                      {"gene_set", top_only ? "de" : "all"},
                      {"method", method},
                      {"metrics", metrics_object(score_condition(input))}});
    }
  }

 private:
  std::int32_t regime_index_;
  const Regime& regime_;
  std::string stratum_;
  const EvaluateOptions& options_;
  std::vector<std::int32_t> top_genes_;
};

/// Means over conditions of one kind, gene set and method; null values do not count.
Json summary_row(const Json& conditions, const std::string& kind, const std::string& gene_set,
                 const std::string& method) {
  std::int64_t n_conditions = 0;
  std::map<std::string, std::pair<double, double>> sums;  // sum and count
  for (const auto& row : conditions) {
    if (row.at("kind") != kind || row.at("gene_set") != gene_set || row.at("method") != method) continue;
    ++n_conditions;
    for (const auto& [id, value] : row.at("metrics").items())
      if (value.is_number()) {
        sums[id].first += value.get<double>();
        sums[id].second += 1;
      }
  }
  if (n_conditions == 0) return {};
  std::map<std::string, double> means;
  for (const auto& [id, sum] : sums) means[id] = sum.first / sum.second;
  return {{"kind", kind},
          {"gene_set", gene_set},
          {"method", method},
          {"n_conditions", n_conditions},
          {"metrics", metrics_object(means)}};
}

Json summary_of(const Json& conditions) {
  Json summary = Json::array();
  for (const std::string kind : {"single", "double"})
    for (const std::string gene_set : {"de", "all"})
      for (const std::string& method : score_methods())
        if (Json row = summary_row(conditions, kind, gene_set, method); !row.is_null())
          summary.push_back(std::move(row));
  return summary;
}

Json metric_descriptions() {
  Json descriptions = Json::object();
  for (const auto& info : metric_infos())
    descriptions[info.id] = {{"version", info.version},
                             {"formula", info.formula},
                             {"higher_is_better", info.higher_is_better}};
  return descriptions;
}

void check_shape(const Prediction& prediction, const Screen& screen) {
  const auto n = static_cast<std::int64_t>(prediction.cells.size());
  GRACEVAE_CHECK(n > 0, "a prediction holds cells");
  GRACEVAE_CHECK(static_cast<std::int64_t>(prediction.controls.size()) == n && prediction.values.n_rows == n,
                 "one control and one row a cell");
  GRACEVAE_CHECK(prediction.values.n_cols == screen.n_genes(), "one column a gene");
}

}  // namespace

std::vector<std::string> score_methods() {
  std::vector<std::string> methods = kShiftModels;
  methods.insert(methods.end(), {"model", "ceiling"});
  return methods;
}

std::string kind_title(const std::string& kind) { return kind == "single" ? "Single targets" : "Several targets"; }

void EvaluateOptions::bind(OptionTable& table) {
  table
      .add(
          "evaluate", "top_genes", n_top_genes,
          "Genes a condition is scored on besides all genes: those with the largest |Welch t| of all its cells against "
          "all control cells.")
      .at_least(1);
  table
      .add("evaluate", "mmd_sigma_single", mmd_sigma_single,
           "Middle bandwidth of the MMD (squared distance) for conditions of one target, and for all genes.")
      .at_least(1e-6);
  table
      .add("evaluate", "mmd_sigma_double", mmd_sigma_double,
           "Middle bandwidth of the MMD for conditions of several targets on their top genes, as published.")
      .at_least(1e-6);
}

nlohmann::ordered_json evaluate_predictions(const Screen& screen, const Split& split,
                                            const std::vector<Prediction>& predictions, const EvaluateOptions& options,
                                            std::uint64_t seed) {
  const Baselines baselines(screen, split);
  Json conditions = Json::array(), de_genes = Json::object();
  std::vector<ConditionMeans> means;
  for (const Prediction& prediction : predictions) {
    check_shape(prediction, screen);
    const ConditionScorer scorer(screen, split, prediction, options);
    const Matrix<float> observed = dense_rows(screen, prediction.cells);
    const auto score = [&](const std::string& method, const Matrix<float>& predicted, const Matrix<float>& truth) {
      scorer.score(method, predicted, truth, baselines, conditions);
    };
    for (const std::string& name : kShiftModels)
      if (const auto cells = baselines.predict(name, prediction.controls, scorer.regime().targets))
        score(name, *cells, observed);
    score("model", prediction.values, observed);
    const Random random(seed, "ceiling", static_cast<std::uint64_t>(scorer.regime_index()));
    if (const auto cells = draw_ceiling(screen, split, prediction.cells, random))
      score("ceiling", dense_rows(screen, cells->stand_in), dense_rows(screen, cells->observed));

    Json& symbols = de_genes[prediction.condition] = Json::array();
    for (const std::int32_t gene : scorer.top()) symbols.push_back(screen.genes[static_cast<std::size_t>(gene)]);
    means.push_back({means_of(prediction.values), means_of(observed)});
  }

  Json metrics = {{"format", "gracevae-metrics/1"},
                  {"n_top_genes", options.n_top_genes},
                  {"metrics", metric_descriptions()}};
  metrics["summary"] = summary_of(conditions);
  metrics["conditions"] = std::move(conditions);
  metrics["de_genes"] = std::move(de_genes);
  Json warnings = Json::array();
  for (const auto& texts : {collapse_warnings(means), score_warnings(metrics)})
    for (const std::string& text : texts) warnings.push_back(text);
  metrics["warnings"] = std::move(warnings);
  return metrics;
}

}  // namespace gracevae
