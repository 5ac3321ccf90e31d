#pragma once
/// @file Averages of scores over conditions, what is missing from them, and differences between methods.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace gracevae::impl {

/// "summary" of metrics.json from its filled "conditions": means over the averaged conditions, their standard errors
/// (null for fewer than two) and how many conditions each is over.
nlohmann::ordered_json summary_of(const nlohmann::ordered_json& conditions);

/// "missing": which averaged conditions a score of the model has no value for, and why; one entry a kind, gene set and
/// set of conditions.
nlohmann::ordered_json missing_of(const nlohmann::ordered_json& conditions);

/// Mean over conditions of the difference between two methods' scores, with its standard error.
struct MethodDifference {
  std::int64_t n = 0;  ///< conditions that both have
  double mean = 0;     ///< first less second
  double first = 0, second = 0;
  double error = 0;  ///< standard error of the mean; NaN for one condition
  /// Beyond the two-sided 95 % interval of Student's t over conditions; else it is a tie.
  bool is_clear() const;
};
MethodDifference method_difference(const nlohmann::ordered_json& conditions, const std::string& kind,
                                   const std::string& gene_set, const std::string& metric, const std::string& first,
                                   const std::string& second);

}  // namespace gracevae::impl
