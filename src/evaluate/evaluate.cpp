#include "evaluate/evaluate.hpp"

#include <fmt/format.h>

#include <omp.h>

#include <cmath>
#include <exception>
#include <optional>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "evaluate/baselines.hpp"
#include "evaluate/metrics.hpp"
#include "evaluate/profile_scores.hpp"
#include "evaluate/rank_scores.hpp"
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

/// Of the metrics that there are; null for what is no number.
Json metrics_object(const std::map<std::string, double>& values) {
  Json object = Json::object();
  for (const auto& info : metric_infos())
    if (const auto found = values.find(info.id); found != values.end())
      object[info.id] = std::isfinite(found->second) ? Json(found->second) : Json();
  return object;
}

/// One condition: who it is and where it is scored.
struct ScoredCondition {
  const Regime& regime;
  std::string stratum;
  std::vector<std::int32_t> top;

  bool is_single() const { return regime.targets.size() < 2; }
};

/// A method's scores of one condition on one set of genes.
struct ScoreRow {
  std::size_t condition;
  std::string method;
  bool top_only;
  std::int64_t n_cells;
  std::map<std::string, double> values;
};

/// A condition scored by every method, and what ranks among conditions need of it.
struct ConditionScores {
  ScoredCondition condition;
  std::vector<float> observed;          ///< mean [genes]
  std::vector<std::int32_t> of_target;  ///< columns
  ConditionMeans compared;              ///< the model's mean and the observed one
  std::vector<ScoreRow> rows;
  std::map<std::string, PredictedMean> means;  ///< by method
};

/// All conditions, scored method by method; ranks among conditions come when all are there.
class Scorer {
 public:
  Scorer(const Screen& screen, const Split& split, const EvaluateOptions& options, std::uint64_t seed)
      : screen_(screen), split_(split), options_(options), seed_(seed), baselines_(screen, split),
        control_(screen, screen.regimes.front().cells), profiles_(screen, baselines_.control_mean(), seed),
        perturbed_mean_(perturbed_mean(screen)) {}

  /// The condition is to be added at this place. Can be called from several threads.
  ConditionScores score(const Prediction& prediction, std::size_t at) const {
    const std::int32_t index = regime_named(screen_, prediction.condition);
    const Regime& regime = screen_.regimes[static_cast<std::size_t>(index)];
    const std::vector<double> t = welch_t(MeanOfCells(screen_, regime.cells), control_);
    const Observed observed = observed_cells(prediction.cells);
    ConditionScores scores{.condition = {regime, stratum_of(screen_, split_, index),
                                         top_genes(t, options_.n_top_genes)},
                           .observed = rounded(observed.profile.mean),
                           .of_target = genes_of(regime.targets),
                           .compared = {},
                           .rows = {},
                           .means = {}};
    const auto stream = [&](const char* name) { return Random(seed_, name, static_cast<std::uint64_t>(index)); };
    const auto add_to = [&](const std::string& method, const Matrix<float>& predicted, const Observed& compared) {
      return add(method, predicted, compared, at, scores);
    };
    const auto add_real = [&](const std::string& method, const std::optional<RealCells>& cells) {
      if (!cells) return;
      const Observed others = observed_cells(cells->observed);
      add_to(method, dense_rows(screen_, cells->stand_in), others);
      scores.means.at(method).observed = rounded(others.profile.mean);
    };
    add_real("chance", draw_chance(screen_, split_, prediction.cells, stream("chance")));
    for (const std::string& name : kShiftModels)
      if (const auto cells = baselines_.predict(name, prediction.controls, regime.targets))
        add_to(name, *cells, observed);
    scores.compared = {add_to("model", prediction.values, observed), observed.profile.mean};
    add_real("ceiling", draw_ceiling(screen_, split_, prediction.cells, stream("ceiling")));
    return scores;
  }

  void append(ConditionScores&& scores) {
    ranked_.observed.push_back(std::move(scores.observed));
    ranked_.top.push_back(scores.condition.top);
    ranked_.of_target.push_back(std::move(scores.of_target));
    compared_.push_back(std::move(scores.compared));
    conditions_.push_back(std::move(scores.condition));
    for (ScoreRow& row : scores.rows) rows_.push_back(std::move(row));
    for (auto& [method, mean] : scores.means) means_[method].push_back(std::move(mean));
  }

  /// The model's and the observed means of every condition.
  const std::vector<ConditionMeans>& compared() const { return compared_; }

  /// Rows of metrics.json, condition by condition.
  Json rows() {
    add_ranks();
    Json all = Json::array();
    for (const ScoreRow& row : rows_) {
      const ScoredCondition& condition = conditions_[row.condition];
      all.push_back({{"condition", condition.regime.label},
                     {"kind", condition.is_single() ? "single" : "double"},
                     {"stratum", condition.stratum},
                     {"n_cells", row.n_cells},
                     {"gene_set", row.top_only ? "de" : "all"},
                     {"method", row.method},
                     {"metrics", metrics_object(row.values)}});
    }
    return all;
  }

 private:
  /// Cells that a condition is scored on.
  struct Observed {
    Matrix<float> cells;
    Profile profile;
  };
  Observed observed_cells(std::span<const std::int64_t> rows) const {
    Matrix<float> cells = dense_rows(screen_, rows);
    Profile profile = profiles_.profile(std::as_const(cells).view());
    return {std::move(cells), std::move(profile)};
  }
  static std::vector<float> rounded(const std::vector<double>& means) { return {means.begin(), means.end()}; }

  static std::vector<double> perturbed_mean(const Screen& screen) {
    std::vector<double> sum(static_cast<std::size_t>(screen.n_genes()), 0.0);
    double n = 0;
    for (const Regime& regime : screen.regimes) {
      if (regime.targets.empty()) continue;
      const std::vector<double> mean = mean_of_cells(screen, regime.cells);
      for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += mean[g];
      ++n;
    }
    for (double& value : sum) value /= n;
    return sum;
  }

  std::vector<std::int32_t> genes_of(const std::vector<std::string>& targets) const {
    std::vector<std::int32_t> columns;
    for (std::size_t g = 0; g < screen_.genes.size(); ++g)
      if (std::find(targets.begin(), targets.end(), screen_.genes[g]) != targets.end())
        columns.push_back(static_cast<std::int32_t>(g));
    return columns;
  }

  /// Two rows of a condition, top genes and all genes; returns the mean of what is predicted.
  std::vector<double> add(const std::string& method, const Matrix<float>& predicted, const Observed& observed,
                          std::size_t at, ConditionScores& scores) const {
    for (const bool top_only : {true, false}) {
      ConditionInput input{
          predicted.view(),         observed.cells.view(), baselines_.control_mean(), perturbed_mean_, {},
          options_.mmd_sigma_single};
      if (top_only) input.columns = scores.condition.top;
      if (top_only && !scores.condition.is_single()) input.mmd_sigma = options_.mmd_sigma_double;
      scores.rows.push_back({at, method, top_only, observed.cells.n_rows, score_condition(input)});
    }
    Profile profile = profiles_.profile(predicted.view());
    scores.rows.back().values.merge(profiles_.score(profile, observed.profile));
    scores.means[method] = {at, rounded(profile.mean), {}};
    return std::move(profile.mean);
  }

  void add_ranks() {
    for (const bool top_only : {true, false})
      for (const auto& [method, means] : means_) {
        auto scores = method == "chance" ? std::vector(means.size(), rank_scores_by_chance(conditions_.size()))
                                         : rank_scores(ranked_, means, top_only);
        auto next = scores.begin();
        for (ScoreRow& row : rows_)
          if (row.method == method && row.top_only == top_only) row.values.merge(*next++);
      }
  }

  const Screen& screen_;
  const Split& split_;
  const EvaluateOptions& options_;
  std::uint64_t seed_;
  Baselines baselines_;
  MeanOfCells control_;
  ProfileScorer profiles_;
  std::vector<double> perturbed_mean_;
  std::vector<ScoredCondition> conditions_;
  std::vector<ScoreRow> rows_;
  RankedConditions ranked_;
  std::vector<ConditionMeans> compared_;
  std::map<std::string, std::vector<PredictedMean>> means_;  ///< by method, in the order of conditions
};

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

/// Means over conditions of one kind, gene set and method; null values do not count.
Json summary_row(const Json& conditions, const std::string& kind, const std::string& gene_set,
                 const std::string& method) {
  std::int64_t n_conditions = 0;
  std::map<std::string, std::pair<double, double>> sums;  // sum and count
  for (const auto& row : conditions) {
    if (row.at("kind") != kind || row.at("gene_set") != gene_set || row.at("method") != method) continue;
    ++n_conditions;
    for (const auto& [id, value] : row.at("metrics").items()) {
      auto& [sum, count] = sums[id];
      if (!value.is_number()) continue;
      sum += value.get<double>();
      count += 1;
    }
  }
  if (n_conditions == 0) return {};
  std::map<std::string, double> means;
  for (const auto& [id, sum] : sums) means[id] = sum.first / sum.second;  // NaN where no condition has a number
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
  std::vector<std::string> methods{"chance"};
  methods.insert(methods.end(), kShiftModels.begin(), kShiftModels.end());
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
  Scorer scorer(screen, split, options, seed);
  Json de_genes = Json::object();
  for (const Prediction& prediction : predictions) {
    check_shape(prediction, screen);
    regime_named(screen, prediction.condition);
  }
  for (ConditionScores& scores : score_all(scorer, predictions)) {
    Json& symbols = de_genes[scores.condition.regime.label] = Json::array();
    for (const std::int32_t gene : scores.condition.top)
      symbols.push_back(screen.genes[static_cast<std::size_t>(gene)]);
    scorer.append(std::move(scores));
  }
  Json conditions = scorer.rows();

  Json metrics = {{"format", "gracevae-metrics/1"},
                  {"n_top_genes", options.n_top_genes},
                  {"metrics", metric_descriptions()}};
  metrics["summary"] = summary_of(conditions);
  metrics["conditions"] = std::move(conditions);
  metrics["de_genes"] = std::move(de_genes);
  Json warnings = Json::array();
  for (const auto& texts : {collapse_warnings(scorer.compared()), score_warnings(metrics)})
    for (const std::string& text : texts) warnings.push_back(text);
  metrics["warnings"] = std::move(warnings);
  return metrics;
}

}  // namespace gracevae
