#pragma once
/// @file What a reader of the scores must know, in plain sentences.
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace gracevae::impl {

/// Means over cells of one condition, [n_genes] each.
struct ConditionMeans {
  std::vector<double> predicted, observed;
};

/// A sentence when predictions hardly differ between conditions: the mean over genes of the variance of the predicted
/// means across conditions is under 5 % of the observed one. None for fewer than two conditions.
std::vector<std::string> collapse_warnings(std::span<const ConditionMeans> conditions);

/// Sentences about a filled "summary" and "conditions" of metrics.json: rows over fewer conditions than the model's,
/// baselines that are better than the model or tied with it (the paired difference over conditions beyond or within its
/// 95 % interval), scores below chance, predictions that are not numbers. `model`: its name; a baseline that it is by
/// construction is not compared with it.
std::vector<std::string> score_warnings(const nlohmann::ordered_json& metrics, const std::string& model);

/// Appends sentences to "warnings" of metrics.json, each once.
void add_warnings(const std::vector<std::string>& texts, nlohmann::ordered_json& metrics);

}  // namespace gracevae::impl
