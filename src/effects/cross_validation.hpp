#pragma once
/// @file How well effects are predicted of targets or pairs that were measured, beside simple guesses.
#include <optional>
#include <string>
#include <vector>

#include "effects/effect_model.hpp"
#include "effects/guesses.hpp"
#include "effects/sources.hpp"
#include "io/table.hpp"

namespace gracevae::impl {

/// Of one way to predict, over all conditions in test folds; changes are from the training mean.
struct GuessScores {
  std::string name;
  double cosine = 0;          ///< mean over conditions
  double r2 = 0;              ///< 1 − Σ(E − Ê)²/Σ(E − mean)² over conditions and genes
  double relative_error = 0;  ///< mean over conditions of ‖E − Ê‖/‖E − mean‖
  double top_50 = 0;          ///< of the 50 genes of largest |effect|, the share that is predicted
  double pds = 0;  ///< share of the fold's other conditions that the prediction is less like (cosine), half for ties
};

struct Coverage {
  double level = 0;
  double covered = 0;  ///< share of conditions and genes
  double width = 0;    ///< mean width over that of intervals around the training mean; of pairs not known
};

struct CrossValidation {
  std::int64_t n_conditions = 0;
  std::vector<GuessScores> guesses;
  std::vector<Coverage> coverage;
  std::vector<Coverage>
      coverage_moving;          ///< on genes that a quarter of the training conditions move (effects that are not 0)
  double expected = 0;          ///< mean ρ*
  double rank_correlation = 0;  ///< Spearman's, of ρ* and cosine
  double kept = 0, kept_cosine = 0, left_cosine = 0;  ///< share not abstained; mean cosine of these and of the others
};

/// `folds`-fold cross-validation over targets; `items`: numbers of the rows in `kernels`.
/// Rows training-mean, each of `others`, nearest-10 and process, which is scored without abstaining.
CrossValidation cross_validate_targets(const EffectTable& singles, const std::vector<std::int64_t>& items,
                                       const Kernels& kernels, const std::vector<OtherScreen>& others,
                                       std::int64_t folds, const EffectModelOptions& options);

/// The same over pairs whose targets are singles: rows additive, scaled (c alone) and process. Changes are from 0.
CrossValidation cross_validate_pairs(const EffectTable& singles, const EffectTable& pairs, std::int64_t folds,
                                     const EffectModelOptions& options);

/// As tables for people and for files.
Table scores_table(const CrossValidation& result);
Table coverage_table(const CrossValidation& result);

}  // namespace gracevae::impl
