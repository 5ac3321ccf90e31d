#include "evaluate/rank_scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"

namespace gracevae {

namespace {

double squared_distance(std::span<const float> a, std::span<const float> b, std::span<const std::int32_t> columns) {
  double sum = 0;
  for (const std::int32_t column : columns) {
    const auto g = static_cast<std::size_t>(column);
    const double gap = static_cast<double>(a[g]) - static_cast<double>(b[g]);
    sum += gap * gap;
  }
  return sum;
}

double absolute_distance(std::span<const float> a, std::span<const float> b, std::span<const std::int32_t> columns) {
  double sum = 0;
  for (const std::int32_t column : columns) {
    const auto g = static_cast<std::size_t>(column);
    sum += std::abs(static_cast<double>(a[g]) - static_cast<double>(b[g]));
  }
  return sum;
}

/// How many are nearer than the right one, a tie counting half; NaN makes it NaN.
struct NearerCount {
  double own, n_nearer = 0;
  void add(double other) {
    if (std::isnan(own) || std::isnan(other))
      n_nearer += own + other;
    else
      n_nearer += other < own ? 1 : other == own ? 0.5 : 0;
  }
};

std::vector<std::int32_t> without(const std::vector<std::int32_t>& columns, const std::vector<std::int32_t>& left_out) {
  std::vector<std::int32_t> kept;
  for (const std::int32_t column : columns)
    if (!std::binary_search(left_out.begin(), left_out.end(), column)) kept.push_back(column);
  return kept;
}

std::map<std::string, double> scores_of(const RankedConditions& conditions, std::span<const PredictedMean> predictions,
                                        std::size_t at, const std::vector<std::int32_t>& columns) {
  const PredictedMean& prediction = predictions[at];
  const std::size_t n_conditions = conditions.observed.size();
  const std::span<const float> guess = prediction.predicted;
  const std::span<const float> truth =
      prediction.observed.empty() ? conditions.observed[prediction.condition] : prediction.observed;
  const auto off_target = without(columns, conditions.of_target[prediction.condition]);
  NearerCount centroids{squared_distance(guess, truth, columns)},
      perturbations{absolute_distance(guess, truth, off_target)}, predicted{centroids.own};
  for (std::size_t q = 0; q < n_conditions; ++q) {
    if (q == prediction.condition) continue;
    centroids.add(squared_distance(guess, conditions.observed[q], columns));
    perturbations.add(absolute_distance(guess, conditions.observed[q], off_target));
  }
  for (std::size_t q = 0; q < predictions.size(); ++q)
    if (q != at) predicted.add(squared_distance(predictions[q].predicted, truth, columns));
  std::map<std::string, double> scores;
  if (n_conditions > 1) {
    const auto n = static_cast<double>(n_conditions);
    scores["systema.centroid_accuracy"] = 1 - centroids.n_nearer / (n - 1);
    scores["vcc.pds"] = 1 - perturbations.n_nearer / n;
  }
  if (predictions.size() > 1)
    scores["perturbench.rank"] = predicted.n_nearer / static_cast<double>(predictions.size() - 1);
  return scores;
}

}  // namespace

std::vector<std::map<std::string, double>> rank_scores(const RankedConditions& conditions,
                                                       std::span<const PredictedMean> predictions, bool top_only) {
  std::vector<std::map<std::string, double>> scores(predictions.size());
  if (predictions.empty()) return scores;
  std::vector<std::int32_t> all(predictions.front().predicted.size());
  std::iota(all.begin(), all.end(), 0);
#pragma omp parallel for schedule(dynamic)
  for (std::size_t at = 0; at < predictions.size(); ++at)
    scores[at] = scores_of(conditions, predictions, at, top_only ? conditions.top[predictions[at].condition] : all);
  return scores;
}

std::map<std::string, double> rank_scores_by_chance(std::size_t n_conditions) {
  if (n_conditions < 2) return {};
  const auto n = static_cast<double>(n_conditions);
  return {{"systema.centroid_accuracy", 0.5}, {"vcc.pds", (n + 1) / (2 * n)}, {"perturbench.rank", 0.5}};
}

}  // namespace gracevae
