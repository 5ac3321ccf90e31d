#include "evaluate/evaluate.hpp"

#include <fmt/format.h>

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>

#include "base/error.hpp"
#include "evaluate/baselines.hpp"
#include "evaluate/metrics.hpp"
#include "evaluate/score_summary.hpp"
#include "evaluate/scorer.hpp"
#include "evaluate/strata.hpp"
#include "evaluate/unseen.hpp"
#include "evaluate/warnings.hpp"
#include "run/run_folder.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

/// Of the metrics that there are; null for what is no number.
Json metrics_object(const std::map<std::string, double>& values) {
  Json object = Json::object();
  for (const auto& info : metric_infos())
    if (const auto found = values.find(info.id); found != values.end())
      object[info.id] = std::isfinite(found->second) ? Json(found->second) : Json();
  return object;
}

const char* kind_of(const Regime& regime) { return regime.targets.size() < 2 ? "single" : "double"; }

/// Rows of metrics.json, condition by condition. `within`: the stratum of the cells, "" without strata.
Json condition_rows(const Scorer& scorer, const std::string& within) {
  Json all = Json::array();
  for (const MethodScores& row : scorer.rows()) {
    const ScoredCondition& condition = scorer.conditions()[row.condition];
    all.push_back({{"condition", condition.regime->label},
                   {"kind", kind_of(*condition.regime)},
                   {"stratum", condition.stratum},
                   {"n_test_cells", condition.n_cells},
                   {"averaged", condition.averaged},
                   {"n_cells", row.n_cells},
                   {"gene_set", row.gene_set},
                   {"method", row.method},
                   {"metrics", metrics_object(row.values)}});
    if (!within.empty()) all.back()["within"] = within;
  }
  return all;
}

Json entry_not_averaged(const Regime& regime, std::int64_t n_cells, bool scored) {
  return {{"condition", regime.label}, {"kind", kind_of(regime)}, {"n_test_cells", n_cells}, {"scored", scored}};
}

Json not_averaged(const Scorer& scorer) {
  Json list = Json::array();
  for (const ScoredCondition& condition : scorer.conditions())
    if (!condition.averaged) list.push_back(entry_not_averaged(*condition.regime, condition.n_cells, condition.scored));
  return list;
}

std::vector<std::string> symbols_of(const Screen& screen, const std::vector<std::int32_t>& columns) {
  std::vector<std::string> symbols;
  for (const std::int32_t gene : columns) symbols.push_back(screen.genes[static_cast<std::size_t>(gene)]);
  return symbols;
}

/// The genes of all folds, each once, the strongest of each first.
std::vector<std::int32_t> interleaved(const std::vector<DeFold>& folds) {
  std::vector<std::int32_t> all;
  for (std::size_t rank = 0;; ++rank) {
    bool any = false;
    for (const DeFold& fold : folds) {
      if (rank >= fold.genes.size()) continue;
      any = true;
      if (std::find(all.begin(), all.end(), fold.genes[rank]) == all.end()) all.push_back(fold.genes[rank]);
    }
    if (!any) return all;
  }
}

/// The genes of every condition that has none yet.
void add_genes(const Screen& screen, const Scorer& scorer, Json& metrics) {
  Json genes = metrics.value("de_genes", Json::object()), chosen_on = metrics.value("de_chosen_on", Json::object()),
       none = metrics.value("no_de_genes", Json::object()), published = metrics.value("paper_de_genes", Json::object());
  for (const ScoredCondition& condition : scorer.conditions()) {
    const std::string& label = condition.regime->label;
    if (!condition.scored || genes.contains(label)) continue;
    published[label] = symbols_of(screen, condition.published);
    if (condition.de.folds.empty()) {
      none[label] = condition.de.refused;
      continue;
    }
    none.erase(label);
    genes[label] = symbols_of(screen, interleaved(condition.de.folds));
    chosen_on[label] = condition.de.chosen_on;
  }
  metrics["de_genes"] = std::move(genes);
  metrics["de_chosen_on"] = std::move(chosen_on);
  metrics["no_de_genes"] = std::move(none);
  metrics["paper_de_genes"] = std::move(published);
}

/// Conditions side by side where there are enough for every thread, else the threads share the work of each; the bits
/// are the same.
std::vector<ConditionScores> score_all(const Scorer& scorer, const std::vector<Prediction>& predictions) {
  std::vector<std::optional<ConditionScores>> scores(predictions.size());
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic) if (std::ssize(predictions) >= 2 * omp_get_max_threads())
  for (std::size_t i = 0; i < predictions.size(); ++i) try {
      scores[i].emplace(scorer.score(predictions[i], i));
    } catch (...) {  // out of memory
#pragma omp critical(score_failure)
      failure = std::current_exception();
    }
  if (failure) std::rethrow_exception(failure);
  std::vector<ConditionScores> all;
  for (auto& each : scores) all.push_back(std::move(*each));
  return all;
}

void score_into(Scorer& scorer, const std::vector<Prediction>& predictions) {
  for (ConditionScores& scores : score_all(scorer, predictions)) scorer.append(std::move(scores));
  scorer.add_ranks();
}

/// Conditions that are not averaged, by all their test cells.
Json not_averaged_over_strata(const Screen& screen, const std::vector<Prediction>& predictions, const Json& within,
                              std::int64_t min_test_cells) {
  Json list = Json::array();
  for (const Prediction& prediction : predictions) {
    const std::int64_t n = std::ssize(prediction.cells);
    const bool scored =
        std::ranges::any_of(within, [&](const Json& row) { return row.at("condition") == prediction.condition; });
    const auto& regime = screen.regimes[static_cast<std::size_t>(regime_named(screen, prediction.condition))];
    if (n < min_test_cells || !scored) list.push_back(entry_not_averaged(regime, n, scored));
  }
  return list;
}

/// Strata with test cells, those with most first.
std::vector<std::int32_t> strata_by_size(const Screen& screen, const std::vector<Prediction>& predictions) {
  std::vector<std::int64_t> n_cells(static_cast<std::size_t>(screen.covariates.n_strata()));
  for (const Prediction& prediction : predictions)
    for (const std::int64_t cell : prediction.cells)
      ++n_cells[static_cast<std::size_t>(screen.covariates.stratum(cell))];
  std::vector<std::int32_t> strata;
  for (std::int32_t s = 0; s < screen.covariates.n_strata(); ++s)
    if (n_cells[static_cast<std::size_t>(s)] > 0) strata.push_back(s);
  std::ranges::stable_sort(strata, [&](std::int32_t a, std::int32_t b) {
    return n_cells[static_cast<std::size_t>(a)] > n_cells[static_cast<std::size_t>(b)];
  });
  return strata;
}

/// "strata", "conditions_within", "conditions", "not_averaged" and genes; returns warnings.
std::vector<std::string> add_strata(const Screen& screen, const Split& split,
                                    const std::vector<Prediction>& predictions, const EvaluateOptions& options,
                                    std::uint64_t seed, const PredictedShifts& predicted, Json& metrics) {
  const TrainedShifts elsewhere = trained_shifts(screen, split);
  Json within = Json::array(), strata = Json::array();
  std::vector<std::string> warnings;
  for (const std::int32_t stratum : strata_by_size(screen, predictions)) {
    const std::string name = screen.covariates.stratum_name(stratum);
    const StratumScreen part = stratum_screen(screen, stratum);
    const Split part_split = split_within(split, part);
    std::vector<Prediction> here;
    for (const Prediction& prediction : predictions)
      if (Prediction of_part = prediction_within(screen, prediction, stratum, part); !of_part.cells.empty())
        here.push_back(std::move(of_part));
    Scorer scorer(part.screen, part_split, options, seed, &elsewhere, &predicted);
    score_into(scorer, here);
    for (Json& row : condition_rows(scorer, name)) {
      row["stratum"] = stratum_of(screen, split, regime_named(screen, row.at("condition")));
      within.push_back(std::move(row));
    }
    add_genes(part.screen, scorer, metrics);
    strata.push_back({{"stratum", name},
                      {"n_cells", part.screen.n_cells()},
                      {"n_control_cells", part.screen.regimes.front().cells.size()}});
    for (const std::string& text : collapse_warnings(scorer.compared()))
      warnings.push_back(fmt::format("in {}: {}", name, text));
  }
  metrics["not_averaged"] = not_averaged_over_strata(screen, predictions, within, options.min_test_cells);
  metrics["conditions"] = merged_conditions(within, options.min_test_cells);
  metrics["strata"] = std::move(strata);
  metrics["conditions_within"] = std::move(within);
  return warnings;
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
  std::vector<std::string> methods{"chance"};
  methods.insert(methods.end(), kBaselines.begin(), kBaselines.end());
  methods.insert(methods.end(), {"model", "replicate", "noise-free"});
  return methods;
}

bool is_ceiling(const std::string& method) { return method == "replicate" || method == "noise-free"; }

std::string kind_title(const std::string& kind) { return kind == "single" ? "Single targets" : "Several targets"; }

void EvaluateOptions::bind(OptionTable& table) {
  table
      .add("evaluate", "top_genes", n_top_genes,
           "Genes a condition is scored on besides all genes: those with the largest |z| of Wilcoxon's test against "
           "control, chosen without the cells that are scored.")
      .at_least(1);
  table
      .add("evaluate", "min_test_cells", min_test_cells,
           "Conditions with fewer test cells are listed, but not averaged.")
      .at_least(1);
  table
      .add("evaluate", "de_min_cells", de_min_cells,
           "Fewer cells choose no top genes: the condition is scored on all genes only.")
      .at_least(1);
  table
      .add(
          "evaluate", "de_cells", de_cells,
          "What tables show on top genes. held-out: genes chosen without the scored cells. all: the published protocol, "
          "whose genes are chosen by Welch's t on all cells, the scored ones among them. metrics.json has both.")
      .one_of({"held-out", "all"});
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
                                            std::uint64_t seed, const std::string& model,
                                            const EffectSources& sources) {
  for (const Prediction& prediction : predictions) {
    check_shape(prediction, screen);
    regime_named(screen, prediction.condition);
  }
  Json metrics = {{"format", kMetricsFormat},
                  {"n_top_genes", options.n_top_genes},
                  {"min_test_cells", options.min_test_cells},
                  {"de_cells", options.de_cells},
                  {"metrics", metric_descriptions()},
                  {"summary", Json()},
                  {"not_averaged", Json()},
                  {"missing", Json()}};
  std::vector<std::string> warnings;
  const UnseenScores unseen(screen, split, predictions, sources);
  if (screen.covariates.n_strata() == 1) {
    Scorer scorer(screen, split, options, seed, nullptr, &unseen.shifts());
    score_into(scorer, predictions);
    metrics["not_averaged"] = not_averaged(scorer);
    metrics["conditions"] = condition_rows(scorer, "");
    add_genes(screen, scorer, metrics);
    warnings = collapse_warnings(scorer.compared());
  } else {
    warnings = add_strata(screen, split, predictions, options, seed, unseen.shifts(), metrics);
  }
  metrics["summary"] = summary_of(metrics["conditions"]);
  metrics["missing"] = missing_of(metrics["conditions"]);
  if (Json scores = unseen.scores(metrics["conditions"]); !scores.is_null()) metrics["unseen"] = std::move(scores);
  metrics["warnings"] = std::move(warnings);
  add_warnings(score_warnings(metrics, model), metrics);
  return metrics;
}

}  // namespace gracevae::impl
