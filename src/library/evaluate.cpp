#include <gracevae/evaluate.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "evaluate/structure.hpp"
#include "library/parts.hpp"
#include "screen/batches.hpp"

namespace gracevae {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double number_of(const nlohmann::ordered_json& value) { return value.is_number() ? value.get<double>() : kNone; }

/// The scores of an entry of "conditions" or "summary".
void add_scores(const nlohmann::ordered_json& entry, std::vector<Score>& scores) {
  const auto errors = entry.find("standard_errors");
  const auto counts = entry.find("n");
  for (const auto& [metric, value] : entry.at("metrics").items()) {
    Score score;
    score.condition = entry.value("condition", "");
    score.kind = entry.at("kind");
    score.gene_set = entry.at("gene_set");
    score.method = entry.at("method");
    score.metric = metric;
    score.value = number_of(value);
    score.error = errors != entry.end() && errors->contains(metric) ? number_of(errors->at(metric)) : kNone;
    if (counts != entry.end() && counts->contains(metric)) score.n_conditions = counts->at(metric);
    scores.push_back(std::move(score));
  }
}

/// The caller's cells as a prediction of the condition's test cells.
impl::Prediction prediction_of(const Screen& screen, const Split& split, const PredictedCells& cells,
                               const std::vector<std::int64_t>& pairs) {
  impl::Prediction prediction;
  prediction.condition = cells.condition;
  prediction.cells = split.test_cells(cells.condition);
  const auto n_cells = static_cast<std::int64_t>(prediction.cells.size());
  const auto check = [&](const char* what, std::int64_t found, std::int64_t expected) {
    if (found != expected)
      throw InputError(
          {.place = fmt::format("predictions of '{}'", cells.condition),
           .found = fmt::format("{} {}", found, what),
           .expected = std::to_string(expected)},
          "give a row for each test cell of the condition, in the order of Split::test_cells, and a column "
          "for each gene of the screen");
  };
  if (n_cells == 0)
    throw InputError(
        {.place = fmt::format("predictions of '{}'", cells.condition), .found = "the split has no test cells of it"});
  check("cells", cells.values.n_rows, n_cells);
  check("genes", cells.values.n_cols, screen.n_genes());
  if (cells.controls.empty())
    for (const std::int64_t cell : prediction.cells)
      prediction.controls.push_back(pairs[static_cast<std::size_t>(cell)]);
  else
    prediction.controls = cells.controls;
  check("control cells", static_cast<std::int64_t>(prediction.controls.size()), n_cells);
  for (const std::int64_t control : prediction.controls)
    if (control < 0 || control >= screen.n_cells() ||
        screen.condition_of_cell()[static_cast<std::size_t>(control)] != 0)
      throw InputError({.place = fmt::format("predictions of '{}'", cells.condition),
                        .found = fmt::format("row {} is no control cell of the screen", control)});
  if (std::any_of(cells.values.values.begin(), cells.values.values.end(),
                  [](float value) { return !std::isfinite(value); }))
    throw InputError({.place = fmt::format("predictions of '{}'", cells.condition), .found = "a value is not finite"});
  prediction.values = cells.values;
  return prediction;
}

}  // namespace

Scores impl::scores_of(const nlohmann::ordered_json& metrics) {
  Scores scores;
  for (const auto& entry : metrics.at("conditions")) add_scores(entry, scores.by_condition);
  for (const auto& entry : metrics.at("summary")) add_scores(entry, scores.averages);
  if (const auto warnings = metrics.find("warnings"); warnings != metrics.end())
    scores.warnings = warnings->get<std::vector<std::string>>();
  scores.text = summary_text(metrics);
  if (metrics.contains("structure")) scores.text += structure_text(metrics.at("structure"));
  scores.json = metrics.dump(1) + "\n";
  return scores;
}

double Scores::average(const std::string& metric, const std::string& kind, const std::string& method,
                       const std::string& gene_set) const {
  for (const Score& score : averages)
    if (score.metric == metric && score.kind == kind && score.method == method && score.gene_set == gene_set)
      return score.value;
  return kNone;
}

Scores evaluate(const Screen& screen, const Split& split, const std::vector<PredictedCells>& predictions,
                const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  const auto seed = static_cast<std::uint64_t>(options.impl().run.train.seed);
  const impl::Screen& cells = screen.impl().screen;
  const auto pairs = impl::pair_controls(cells, split.impl().split, seed);
  std::vector<impl::Prediction> all;
  for (const PredictedCells& predicted : predictions) all.push_back(prediction_of(screen, split, predicted, pairs));
  return impl::scores_of(impl::evaluate_predictions(cells, split.impl().split, all, options.impl().evaluate, seed, "",
                                                    [&] { return options.impl().effects; }));
}

}  // namespace gracevae
