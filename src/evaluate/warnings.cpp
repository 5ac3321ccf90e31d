#include "evaluate/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "screen/shift_model.hpp"

namespace gracevae {

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

const Json* summary_row(const Json& metrics, const std::string& kind, const std::string& method) {
  for (const auto& row : metrics.at("summary"))
    if (row.at("kind") == kind && row.at("gene_set") == "de" && row.at("method") == method) return &row;
  return nullptr;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

/// RMSE over unpaired cells is lower for a constant than for real cells: it does not count here.
std::vector<std::string> lost_metrics(const Json& model, const Json& baseline) {
  static constexpr std::array<std::pair<const char*, const char*>, 3> kJudged = {
      {{"paper.r2", "R2"}, {"paper.mmd", "MMD"}, {"pearson_delta", "Pearson delta"}}};
  std::vector<std::string> lost;
  for (const auto& [id, name] : kJudged) {
    const Json& ours = model.at("metrics").at(id);
    const Json& theirs = baseline.at("metrics").at(id);
    if (!ours.is_number() || !theirs.is_number()) continue;
    const double gain = (theirs.get<double>() - ours.get<double>()) * (metric_info(id).higher_is_better ? 1 : -1);
    if (gain > 0)
      lost.push_back(fmt::format("{} ({:.3f} against {:.3f})", name, theirs.get<double>(), ours.get<double>()));
  }
  return lost;
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

std::vector<std::string> score_warnings(const Json& metrics) {
  std::vector<std::string> warnings;
  const auto n_top = metrics.at("n_top_genes").get<std::int64_t>();
  for (const std::string kind : {"single", "double"}) {
    const Json* model = summary_row(metrics, kind, "model");
    if (!model) continue;
    for (const std::string& method : kShiftModels) {
      const Json* baseline = summary_row(metrics, kind, method);
      if (!baseline) continue;
      const auto n_conditions = baseline->at("n_conditions").get<std::int64_t>(),
                 n_model = model->at("n_conditions").get<std::int64_t>();
      if (n_conditions < n_model) {
        warnings.push_back(fmt::format(
            "{}: {} could be scored on {} of {} conditions only (the others have a target that {}), so its row is over "
            "fewer conditions than the model's.",
            kind_title(kind), method, n_conditions, n_model,
            method == "linear" ? "is no measured gene" : "never trained"));
        continue;
      }
      const std::vector<std::string> lost = lost_metrics(*model, *baseline);
      if (!lost.empty())
        warnings.push_back(fmt::format("{}: the {} baseline is better than the model on {}, top {} genes.",
                                       kind_title(kind), method, listed(lost), n_top));
    }
  }
  std::int64_t undefined = 0;
  for (const auto& row : metrics.at("conditions"))
    if (row.at("method") == "model")
      for (const auto& value : row.at("metrics")) undefined += value.is_null() ? 1 : 0;
  if (undefined > 0)
    warnings.push_back(
        fmt::format("{} of the model's scores are not numbers (null): they are left out of the averages.", undefined));
  return warnings;
}

void add_warnings(const std::vector<std::string>& texts, nlohmann::ordered_json& metrics) {
  Json& warnings = metrics["warnings"];
  for (const std::string& text : texts)
    if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) warnings.push_back(text);
}

}  // namespace gracevae
