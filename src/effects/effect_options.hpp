#pragma once
/// @file Options of predicting effects.
#include <string>
#include <vector>

#include "base/options.hpp"

namespace gracevae::impl {

/// Section [effects].
struct EffectOptions {
  std::string network;            ///< a folder, as network.network; its gene sets and interactions are sources
  std::string edges;              ///< files separated by commas, a source each; so the three below
  double edge_score = 0;          ///< least score of an edge; 0 = all are taken
  std::string edge_score_column;  ///< "" = found
  std::string gene_sets;
  std::string embeddings;
  std::string screens;
  std::string measured;                ///< file of targets that count as measured; "" = all
  std::string genes;                   ///< file of genes that count; "" = all
  std::vector<std::string> targets;    ///< conditions to predict: A, A+B
  std::string all_targets;             ///< a file of them, one a line
  bool all_pairs = false;              ///< every pair of measured singles that was not measured itself
  double level = 0.9;                  ///< of intervals
  std::int64_t nearest = 5;            ///< measured conditions that are named
  std::int64_t weight_targets = 2000;  ///< weights are fitted to as many
  std::int64_t cross_validate = 0;     ///< folds; 0 = none
  std::string format = "tsv";
  std::int64_t seed = 0;

  void bind(OptionTable& table);
  bool asks_for_predictions() const { return !targets.empty() || !all_targets.empty() || all_pairs; }
};

}  // namespace gracevae::impl
