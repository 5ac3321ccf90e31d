#include "evaluate/rank_scores.hpp"

#include <algorithm>
#include <cmath>

namespace gracevae::impl {

namespace {

using Row = std::span<const float>;

double squared_distance(Row a, Row b) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t g = 0; g < a.size(); ++g) {
    const double gap = static_cast<double>(a[g]) - static_cast<double>(b[g]);
    sum += gap * gap;
  }
  return sum;
}

/// Σ weight·|a − b|.
double absolute_distance(Row a, Row b, Row weights) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t g = 0; g < a.size(); ++g)
    sum += static_cast<double>(weights[g]) * std::abs(static_cast<double>(a[g]) - static_cast<double>(b[g]));
  return sum;
}

/// Distances that differ by less than this share are a tie: means in single precision tell no more apart.
constexpr double kTie = 1e-5;

/// How many are nearer than the right one, a tie counting half; NaN makes it NaN.
struct NearerCount {
  double own, n_nearer = 0;
  void add(double other) {
    if (std::isnan(own) || std::isnan(other))
      n_nearer += own + other;
    else
      n_nearer += std::abs(other - own) <= kTie * std::max(std::abs(other), std::abs(own)) ? 0.5 : other < own ? 1 : 0;
  }
};

std::map<std::string, double> scores_of(std::span<const RankedCondition> conditions,
                                        std::span<const PredictedMean> predictions, std::size_t at) {
  const PredictedMean& prediction = predictions[at];
  const RankedCondition& own = conditions[prediction.condition];
  const Row guess = prediction.predicted,
            truth = prediction.observed.empty() ? Row(own.observed) : Row(prediction.observed);
  std::vector<float> weights(guess.size(), 1);
  for (const std::int32_t gene : own.of_target) weights[static_cast<std::size_t>(gene)] = 0;
  NearerCount centroids{squared_distance(guess, truth)}, perturbations{absolute_distance(guess, truth, weights)},
      predicted{centroids.own};
  double n_others = 0, n_predicted = 0;
  for (std::size_t q = 0; q < conditions.size(); ++q) {
    if (q == prediction.condition || !conditions[q].in_pool) continue;
    centroids.add(squared_distance(guess, conditions[q].observed));
    perturbations.add(absolute_distance(guess, conditions[q].observed, weights));
    ++n_others;
  }
  for (std::size_t q = 0; q < predictions.size(); ++q) {
    if (q == at || !conditions[predictions[q].condition].in_pool) continue;
    predicted.add(squared_distance(predictions[q].predicted, truth));
    ++n_predicted;
  }
  std::map<std::string, double> scores;
  if (n_others > 0) {
    scores["systema.centroid_accuracy"] = 1 - centroids.n_nearer / n_others;
    scores["vcc.pds"] = 1 - perturbations.n_nearer / (n_others + 1);
  }
  if (n_predicted > 0) scores["perturbench.rank"] = predicted.n_nearer / n_predicted;
  return scores;
}

}  // namespace

std::vector<std::map<std::string, double>> rank_scores(std::span<const RankedCondition> conditions,
                                                       std::span<const PredictedMean> predictions) {
  std::vector<std::map<std::string, double>> scores(predictions.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t at = 0; at < predictions.size(); ++at) scores[at] = scores_of(conditions, predictions, at);
  return scores;
}

std::vector<std::map<std::string, double>> noise_free_ranks(std::span<const RankedCondition> conditions) {
  std::vector<std::map<std::string, double>> scores(conditions.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t k = 0; k < conditions.size(); ++k) {
    const double error = conditions[k].observed_error;
    NearerCount centroids{error}, predicted{error};
    double n_others = 0;
    for (std::size_t q = 0; q < conditions.size(); ++q) {
      if (q == k || !conditions[q].in_pool) continue;
      const double between = squared_distance(conditions[k].observed, conditions[q].observed);
      centroids.add(between - error);
      predicted.add(between - conditions[q].observed_error);
      ++n_others;
    }
    if (n_others > 0)
      scores[k] = {{"systema.centroid_accuracy", 1 - centroids.n_nearer / n_others},
                   {"perturbench.rank", predicted.n_nearer / n_others}};
  }
  return scores;
}

std::map<std::string, double> rank_scores_by_chance(std::size_t n_others) {
  if (n_others < 1) return {};
  const auto n = static_cast<double>(n_others + 1);
  return {{"systema.centroid_accuracy", 0.5}, {"vcc.pds", (n + 1) / (2 * n)}, {"perturbench.rank", 0.5}};
}

}  // namespace gracevae::impl
