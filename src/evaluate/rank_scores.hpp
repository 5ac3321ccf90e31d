#pragma once
/// @file Scores of one condition among the others: is a prediction nearer to its own condition than to another?
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace gracevae {

/// What ranks are taken over: every scored condition, by its index.
struct RankedConditions {
  std::vector<std::vector<float>> observed;          ///< means [genes]
  std::vector<std::vector<std::int32_t>> top;        ///< columns of the top genes
  std::vector<std::vector<std::int32_t>> of_target;  ///< columns of the targets' own genes; may be empty
};

/// What one method predicts of one condition.
struct PredictedMean {
  std::size_t condition;
  std::vector<float> predicted;  ///< [genes]
  std::vector<float> observed;   ///< [genes] of the cells that it is scored on; empty = the condition's
};

/// systema.centroid_accuracy, vcc.pds and perturbench.rank of every prediction, in their order, on top genes of the
/// condition or on all genes. The two former ask for the condition among all scored ones, the latter for its prediction
/// among the method's. Left out with fewer than two to choose from. Cost O(conditions² · genes), in threads.
/// @source Viñas Torné et al. 2025 (Systema); Virtual Cell Challenge 2025; Wu et al. 2024 (PerturBench)
std::vector<std::map<std::string, double>> rank_scores(const RankedConditions& conditions,
                                                       std::span<const PredictedMean> predictions, bool top_only);

/// The same for whoever guesses: 1/2, (P + 1)/(2P) for vcc.pds over P conditions, 1/2.
std::map<std::string, double> rank_scores_by_chance(std::size_t n_conditions);

}  // namespace gracevae
