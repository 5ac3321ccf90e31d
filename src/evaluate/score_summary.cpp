#include "evaluate/score_summary.hpp"

#include <array>
#include <cmath>
#include <map>

#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "stats/distributions.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;
constexpr double kLevel = 0.05;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

/// Null where no condition has a number.
Json summary_row(const std::vector<const Json*>& rows) {
  std::map<std::string, std::vector<double>> values;
  for (const Json* row : rows)
    for (const auto& [id, value] : row->at("metrics").items()) {
      auto& list = values[id];
      if (value.is_number()) list.push_back(value.get<double>());
    }
  Json summary = {{"kind", rows.front()->at("kind")},
                  {"gene_set", rows.front()->at("gene_set")},
                  {"method", rows.front()->at("method")},
                  {"n_conditions", rows.size()}};
  Json metrics = Json::object(), errors = Json::object(), counts = Json::object();
  for (const MetricInfo& info : metric_infos()) {
    const auto found = values.find(info.id);
    if (found == values.end()) continue;
    metrics[info.id] = number(mean_of(found->second));
    errors[info.id] = number(sample_sd(found->second) / std::sqrt(static_cast<double>(found->second.size())));
    counts[info.id] = found->second.size();
  }
  summary["metrics"] = std::move(metrics);
  summary["standard_errors"] = std::move(errors);
  summary["n"] = std::move(counts);
  return summary;
}

std::string reason_of(const std::string& id, bool is_null) {
  if (!is_null) {
    if (id == "vcc.des") return "no gene of the observed cells differs from control";
    if (id == "e_distance") return "fewer than two cells";
    if (id == "systema.centroid_accuracy" || id == "vcc.pds" || id == "perturbench.rank")
      return "no other condition of its kind to be told from";
    return "not defined there";
  }
  if (id == "pearson_delta" || id == "perturbench.cosine")
    return "nothing changes in the prediction or the observation";
  return "not a number";
}

}  // namespace

Json summary_of(const Json& conditions) {
  std::map<std::array<std::string, 3>, std::vector<const Json*>> groups;  // kind, gene set, method → rows
  for (const Json& row : conditions)
    if (row.at("averaged")) groups[{row.at("kind"), row.at("gene_set"), row.at("method")}].push_back(&row);
  Json summary = Json::array();
  for (const std::string kind : {"single", "double"})
    for (const std::string gene_set : {"de", "all", "paper"})
      for (const std::string& method : score_methods())
        if (const auto found = groups.find({kind, gene_set, method}); found != groups.end())
          summary.push_back(summary_row(found->second));
  return summary;
}

Json missing_of(const Json& conditions) {
  Json missing = Json::array();
  std::map<std::array<std::string, 3>, std::size_t> entries;  // kind, gene set, metric → place in missing
  for (const Json& row : conditions) {
    if (row.at("method") != "model" || !row.at("averaged")) continue;
    const std::string kind = row.at("kind"), gene_set = row.at("gene_set");
    std::vector<std::string> expected(gene_set == "paper" ? kPaperMetrics : kHeadlineMetrics);
    if (gene_set == "all") expected.insert(expected.end(), kFieldMetrics.begin(), kFieldMetrics.end());
    for (const std::string& id : expected) {
      const auto found = row.at("metrics").find(id);
      const bool is_there = found != row.at("metrics").end();
      if (is_there && found->is_number()) continue;
      const auto [entry, is_new] = entries.try_emplace({kind, gene_set, id}, missing.size());
      if (is_new)
        missing.push_back({{"kind", kind},
                           {"gene_set", gene_set},
                           {"metric", id},
                           {"reason", reason_of(id, is_there)},
                           {"conditions", Json::array()}});
      missing[entry->second]["conditions"].push_back(row.at("condition"));
    }
  }
  return missing;
}

bool MethodDifference::is_clear() const {
  if (n < 2 || !(error >= 0)) return false;
  if (error == 0) return mean != 0;
  return student_two_sided(mean / error, static_cast<double>(n - 1)) < kLevel;
}

MethodDifference method_difference(const Json& conditions, const std::string& kind, const std::string& gene_set,
                                   const std::string& metric, const std::string& first, const std::string& second) {
  std::map<std::string, double> values[2];
  for (const Json& row : conditions) {
    if (row.at("kind") != kind || row.at("gene_set") != gene_set || !row.at("averaged")) continue;
    for (const int side : {0, 1})
      if (row.at("method") == (side == 0 ? first : second))
        if (const auto found = row.at("metrics").find(metric); found != row.at("metrics").end() && found->is_number())
          values[side][row.at("condition")] = found->get<double>();
  }
  std::vector<double> differences, of_first, of_second;
  for (const auto& [condition, value] : values[0])
    if (const auto other = values[1].find(condition); other != values[1].end()) {
      differences.push_back(value - other->second);
      of_first.push_back(value);
      of_second.push_back(other->second);
    }
  MethodDifference result;
  result.n = std::ssize(differences);
  if (differences.empty()) return result;
  result.mean = mean_of(differences);
  result.first = mean_of(of_first);
  result.second = mean_of(of_second);
  result.error = sample_sd(differences) / std::sqrt(static_cast<double>(differences.size()));
  return result;
}

}  // namespace gracevae::impl
