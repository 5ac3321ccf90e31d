#pragma once
/// @file Scores of one condition among the others: is a prediction nearer to its own condition than to another?
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace gracevae::impl {

/// A condition that ranks are taken over.
struct RankedCondition {
  std::vector<float> observed;          ///< mean [genes]
  double observed_error = 0;            ///< Σ over genes of its squared standard errors
  std::vector<std::int32_t> of_target;  ///< columns of the targets' own genes; may be empty
  bool in_pool = true;                  ///< false: ranked itself, but nothing that others are ranked among
};

/// What one method predicts of one condition.
struct PredictedMean {
  std::size_t condition;
  std::vector<float> predicted;  ///< [genes]
  std::vector<float> observed;   ///< [genes] of the cells that it is scored on; empty = the condition's
};

/// systema.centroid_accuracy, vcc.pds and perturbench.rank of every prediction, in their order, on all genes, among
/// conditions of one kind: singles and combinations are told apart by the size of their change alone, so that one
/// answer for all would be above chance on the singles. The two former ask for the condition among those of the pool
/// and itself, the latter for its prediction among the method's of these. One answer for all gets exactly 1/2 on the
/// average over the pool. Left out with fewer than two to choose from. Cost O(conditions² · genes), in threads.
/// @source Viñas Torné et al. 2025 (Systema); Virtual Cell Challenge 2025; Wu et al. 2024 (PerturBench)
std::vector<std::map<std::string, double>> rank_scores(std::span<const RankedCondition> conditions,
                                                       std::span<const PredictedMean> predictions);

/// What the true means would get, with unbiased estimates of squared distances (the errors of the means that stand for
/// the true ones taken off): systema.centroid_accuracy and perturbench.rank of every condition.
std::vector<std::map<std::string, double>> noise_free_ranks(std::span<const RankedCondition> conditions);

/// The same for whoever guesses among `n_others` others: 1/2, (P + 1)/(2P) for vcc.pds with P = n_others + 1, 1/2.
std::map<std::string, double> rank_scores_by_chance(std::size_t n_others);

}  // namespace gracevae::impl
