#include "evaluate/rank_scores.hpp"

#include <cmath>

namespace gracevae {

namespace {

using Profile = std::span<const float>;

double squared_distance(Profile a, Profile b) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t g = 0; g < a.size(); ++g) {
    const double gap = static_cast<double>(a[g]) - static_cast<double>(b[g]);
    sum += gap * gap;
  }
  return sum;
}

/// Σ weight·|a − b|.
double absolute_distance(Profile a, Profile b, Profile weights) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t g = 0; g < a.size(); ++g)
    sum += static_cast<double>(weights[g]) * std::abs(static_cast<double>(a[g]) - static_cast<double>(b[g]));
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

/// `columns` of a profile next to each other in `buffer`; the profile itself where all are asked for.
Profile chosen(Profile values, const std::vector<std::int32_t>* columns, std::vector<float>& buffer) {
  if (!columns) return values;
  buffer.clear();
  for (const std::int32_t column : *columns) buffer.push_back(values[static_cast<std::size_t>(column)]);
  return buffer;
}

/// `columns`: nullptr for all genes.
std::map<std::string, double> scores_of(const RankedConditions& conditions, std::span<const PredictedMean> predictions,
                                        std::size_t at, const std::vector<std::int32_t>* columns) {
  const PredictedMean& prediction = predictions[at];
  const std::size_t n_conditions = conditions.observed.size();
  std::vector<float> off_target(prediction.predicted.size(), 1);
  for (const std::int32_t gene : conditions.of_target[prediction.condition])
    off_target[static_cast<std::size_t>(gene)] = 0;
  std::vector<float> buffers[4];
  const Profile weights = chosen(off_target, columns, buffers[0]),
                guess = chosen(prediction.predicted, columns, buffers[1]),
                truth = chosen(prediction.observed.empty() ? conditions.observed[prediction.condition]
                                                           : prediction.observed,
                               columns, buffers[2]);
  NearerCount centroids{squared_distance(guess, truth)}, perturbations{absolute_distance(guess, truth, weights)},
      predicted{centroids.own};
  for (std::size_t q = 0; q < n_conditions; ++q) {
    if (q == prediction.condition) continue;
    const Profile other = chosen(conditions.observed[q], columns, buffers[3]);
    centroids.add(squared_distance(guess, other));
    perturbations.add(absolute_distance(guess, other, weights));
  }
  for (std::size_t q = 0; q < predictions.size(); ++q)
    if (q != at) predicted.add(squared_distance(chosen(predictions[q].predicted, columns, buffers[3]), truth));
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
#pragma omp parallel for schedule(dynamic)
  for (std::size_t at = 0; at < predictions.size(); ++at)
    scores[at] =
        scores_of(conditions, predictions, at, top_only ? &conditions.top[predictions[at].condition] : nullptr);
  return scores;
}

std::map<std::string, double> rank_scores_by_chance(std::size_t n_conditions) {
  if (n_conditions < 2) return {};
  const auto n = static_cast<double>(n_conditions);
  return {{"systema.centroid_accuracy", 0.5}, {"vcc.pds", (n + 1) / (2 * n)}, {"perturbench.rank", 0.5}};
}

}  // namespace gracevae
