#include "evaluate/rank_scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"

namespace gracevae {

namespace {

struct Distances {
  double squared = 0, absolute = 0;
};

Distances distances(std::span<const float> a, std::span<const float> b) {
  double squared = 0, absolute = 0;
#pragma omp simd reduction(+ : squared, absolute)
  for (std::size_t g = 0; g < a.size(); ++g) {
    const double gap = static_cast<double>(a[g]) - static_cast<double>(b[g]);
    squared += gap * gap;
    absolute += std::abs(gap);
  }
  return {squared, absolute};
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

/// The chosen columns next to each other, so that sums over them are sums over vectors.
std::vector<float> chosen(std::span<const float> values, std::span<const std::int32_t> columns) {
  std::vector<float> result;
  result.reserve(columns.size());
  for (const std::int32_t column : columns) result.push_back(values[static_cast<std::size_t>(column)]);
  return result;
}

/// Columns a prediction is compared on, those of the targets' own genes last.
struct Compared {
  std::vector<std::int32_t> columns;
  std::size_t n_off_target = 0;

  Compared(const std::vector<std::int32_t>& of, const std::vector<std::int32_t>& targets) : columns(of) {
    const auto end = std::stable_partition(columns.begin(), columns.end(), [&](std::int32_t column) {
      return !std::binary_search(targets.begin(), targets.end(), column);
    });
    n_off_target = static_cast<std::size_t>(end - columns.begin());
  }
  std::span<const float> off_target(const std::vector<float>& values) const {
    return std::span(values).first(n_off_target);
  }
};

std::map<std::string, double> scores_of(const RankedConditions& conditions, std::span<const PredictedMean> predictions,
                                        std::size_t at, const std::vector<std::int32_t>& columns) {
  const PredictedMean& prediction = predictions[at];
  const std::size_t n_conditions = conditions.observed.size();
  const Compared compared(columns, conditions.of_target[prediction.condition]);
  const std::vector<float> guess = chosen(prediction.predicted, compared.columns);
  const std::vector<float> truth =
      chosen(prediction.observed.empty() ? conditions.observed[prediction.condition] : prediction.observed,
             compared.columns);
  const auto absolute = [&](const std::vector<float>& other) {
    return distances(compared.off_target(guess), compared.off_target(other)).absolute;
  };
  NearerCount centroids{distances(guess, truth).squared}, perturbations{absolute(truth)}, predicted{centroids.own};
  for (std::size_t q = 0; q < n_conditions; ++q) {
    if (q == prediction.condition) continue;
    const std::vector<float> other = chosen(conditions.observed[q], compared.columns);
    centroids.add(distances(guess, other).squared);
    perturbations.add(absolute(other));
  }
  for (std::size_t q = 0; q < predictions.size(); ++q)
    if (q != at) predicted.add(distances(chosen(predictions[q].predicted, compared.columns), truth).squared);
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
