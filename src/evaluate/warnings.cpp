#include "evaluate/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evaluate/baselines.hpp"
#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "evaluate/score_summary.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kCollapsedShare = 0.05;

/// Mean over genes of the variance across conditions.
double spread(std::span<const ConditionMeans> conditions, std::vector<double> ConditionMeans::*side) {
  const auto count = static_cast<double>(conditions.size());
  const std::size_t n_genes = (conditions.front().*side).size();
  double total = 0;
  for (std::size_t g = 0; g < n_genes; ++g) {
    double mean = 0, variance = 0;
    for (const auto& condition : conditions) mean += (condition.*side)[g] / count;
    for (const auto& condition : conditions)
      variance += ((condition.*side)[g] - mean) * ((condition.*side)[g] - mean) / count;
    total += variance;
  }
  return total / static_cast<double>(n_genes);
}

const Json* summary_row(const Json& metrics, const std::string& kind, const std::string& gene_set,
                        const std::string& method) {
  for (const auto& row : metrics.at("summary"))
    if (row.at("kind") == kind && row.at("gene_set") == gene_set && row.at("method") == method) return &row;
  return nullptr;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

/// One of the model's scores beside another row's.
struct Judged {
  std::string id;
  MethodDifference difference;  ///< model less other
  bool is_better() const { return difference.is_clear() && gain() > 0; }
  bool is_worse() const { return difference.is_clear() && gain() < 0; }
  double gain() const { return metric_info(id).higher_is_better ? difference.mean : -difference.mean; }
  std::string text() const {
    return fmt::format("{} ({:.3f} against {:.3f})", metric_info(id).title, difference.second, difference.first);
  }
};

std::vector<Judged> judge(const Json& metrics, const std::string& kind, const std::string& gene_set,
                          const std::vector<std::string>& ids, const std::string& other) {
  std::vector<Judged> all;
  for (const std::string& id : ids) {
    Judged judged{id, method_difference(metrics.at("conditions"), kind, gene_set, id, "model", other)};
    if (judged.difference.n > 0) all.push_back(std::move(judged));
  }
  return all;
}

/// Baselines that a model cannot be told from by construction: for single targets they are one mean.
bool is_same_by_construction(const std::string& model, const std::string& baseline) {
  return model == baseline || (model == "additive" && (baseline == "additive-clipped" || baseline == "training-mean"));
}

/// What is better than the model, and what only seems to be, in its headline scores.
std::vector<std::string> comparison_warnings(const Json& metrics, const std::string& kind, const std::string& model) {
  const bool has_top = summary_row(metrics, kind, "de", "model") != nullptr;
  const std::string where =
      has_top ? fmt::format("top {} genes", metrics.at("n_top_genes").get<std::int64_t>()) : "all genes";
  std::vector<std::string> warnings;
  for (const std::string& baseline : kBaselines) {
    if (is_same_by_construction(model, baseline)) continue;
    std::vector<std::string> lost, tied;
    for (const Judged& judged : judge(metrics, kind, has_top ? "de" : "all", kHeadlineMetrics, baseline)) {
      if (judged.is_worse()) lost.push_back(judged.text());
      if (judged.difference.n > 1 && !judged.difference.is_clear()) tied.push_back(metric_info(judged.id).title);
    }
    if (!lost.empty())
      warnings.push_back(
          fmt::format("{}: {} is better than the model on {}, {}.", kind_title(kind), baseline, listed(lost), where));
    if (!tied.empty() && baseline != "control" && baseline != "mean-shift")
      warnings.push_back(
          fmt::format("{}: a tie between the model and {} on {}, {}: the difference is within its 95 % "
                      "interval over conditions.",
                      kind_title(kind), baseline, listed(tied), where));
  }
  return warnings;
}

std::vector<std::string> chance_warnings(const Json& metrics, const std::string& kind) {
  std::vector<std::string> ids = kHeadlineMetrics, below;
  ids.insert(ids.end(), kFieldMetrics.begin(), kFieldMetrics.end());
  for (const Judged& judged : judge(metrics, kind, "all", ids, "chance"))
    if (judged.is_worse()) below.push_back(judged.text());
  if (below.empty()) return {};
  return {fmt::format("{}: the model is worse than chance (real cells of another condition) on {}, all genes.",
                      kind_title(kind), listed(below))};
}

bool of_unseen_targets(const std::string& method) {
  return method == "nearest-10" || method == "transfer" || method == "effects";
}

/// Baselines that could not be scored on every condition.
std::vector<std::string> coverage_warnings(const Json& metrics, const std::string& kind) {
  std::vector<std::string> warnings;
  const Json* model = summary_row(metrics, kind, "all", "model");
  for (const std::string& method : kBaselines) {
    const Json* baseline = summary_row(metrics, kind, "all", method);
    // For conditions that train only, and for those that do not.
    if (!baseline || method == "training-mean" || of_unseen_targets(method)) continue;
    const auto n = baseline->at("n_conditions").get<std::int64_t>(),
               n_model = model->at("n_conditions").get<std::int64_t>();
    if (n < n_model)
      warnings.push_back(fmt::format(
          "{}: {} could be scored on {} of {} conditions only (the others have a target that {}), so its row is over "
          "fewer conditions than the model's.",
          kind_title(kind), method, n, n_model, method == "linear" ? "is no measured gene" : "never trained"));
  }
  return warnings;
}

/// "paper.mmd of A and B" for scores of the model that are null because a prediction is not a number.
std::vector<std::string> number_warnings(const Json& metrics) {
  std::vector<std::string> conditions;
  for (const Json& row : metrics.at("conditions"))
    if (row.at("method") == "model" && row.at("gene_set") == "all")
      if (const auto mmd = row.at("metrics").find("mmd.unbiased");
          mmd != row.at("metrics").end() && mmd->is_null() && row.at("n_cells").get<std::int64_t>() > 1)
        conditions.push_back(row.at("condition"));
  if (conditions.empty()) return {};
  return {
      fmt::format("the model's predictions of {} hold values that are not numbers: their scores are null and left out "
                  "of the averages.",
                  listed(conditions))};
}

}  // namespace

std::vector<std::string> collapse_warnings(std::span<const ConditionMeans> conditions) {
  if (conditions.size() < 2) return {};
  const double predicted = spread(conditions, &ConditionMeans::predicted),
               observed = spread(conditions, &ConditionMeans::observed);
  if (!(predicted < kCollapsedShare * observed)) return {};
  return {fmt::format(
      "The model's predictions hardly differ between conditions: their means vary {:.1f} % as much as the observed "
      "ones. It has "
      "not learned what tells the perturbations apart.",
      100 * predicted / observed)};
}

std::vector<std::string> score_warnings(const Json& metrics, const std::string& model) {
  std::vector<std::string> warnings;
  for (const std::string kind : {"single", "double"}) {
    if (!summary_row(metrics, kind, "all", "model")) continue;
    for (const auto& texts :
         {coverage_warnings(metrics, kind), comparison_warnings(metrics, kind, model), chance_warnings(metrics, kind)})
      warnings.insert(warnings.end(), texts.begin(), texts.end());
  }
  const auto texts = number_warnings(metrics);
  warnings.insert(warnings.end(), texts.begin(), texts.end());
  return warnings;
}

void add_warnings(const std::vector<std::string>& texts, nlohmann::ordered_json& metrics) {
  Json& warnings = metrics["warnings"];
  for (const std::string& text : texts)
    if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) warnings.push_back(text);
}

}  // namespace gracevae::impl
