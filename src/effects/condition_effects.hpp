#pragma once
/// @file Effects of conditions of a screen, predicted from those that train.
#include <map>
#include <string>
#include <vector>

#include "effects/effect_inputs.hpp"
#include "effects/effect_model.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"

namespace gracevae::impl {

/// What is said of one condition of one or two targets.
struct ConditionEffect {
  EffectPrediction said;        ///< of a pair, errors hold those of its targets that were not measured, too
  std::vector<double> nearest;  ///< [genes] nearest_mean; of a pair the sum of its targets', measured ones themselves
  std::vector<double> transferred;  ///< the same by the first other screen that knows the target; empty without one
  std::vector<double> besides;      ///< [genes] of a pair of measured targets: what the process over pairs adds to c
                                    ///< times the sum; empty where it says nothing
};

/// A source, as it was read.
struct SourceRecord {
  std::string name, kind;
  std::int64_t n_known = 0;  ///< measured targets
};

struct ConditionEffects {
  std::int64_t n_singles = 0, n_pairs = 0;  ///< measured
  std::vector<SourceRecord> sources;
  std::vector<std::string> source_of_part;         ///< names for EffectPrediction::shares of single targets
  std::vector<std::vector<std::string>> measured;  ///< rows that EffectPrediction::nearest of singles names
  double scale = 1;                                ///< c of pairs
  std::vector<bool> varying;                       ///< [genes] the quarter whose measured effects vary most
  Matrix<double> around_mean;                      ///< [levels, genes] half widths of intervals without any source
  std::map<std::vector<std::string>, ConditionEffect> of;  ///< by targets, sorted
};

/// Predicts the effects of conditions of one or two targets (others are left out) from the training cells of the split.
/// A pair is c times the sum of its targets and what the process over pairs adds (PairModel), a target that was not
/// measured predicted first. Empty `of` where fewer than two single targets train, or none has an effect.
/// @throws as read_effect_inputs
/// @test tests/unit/effects/condition_effects_test.cpp
ConditionEffects effects_of_conditions(const Screen& screen, const Split& split, const EffectOptions& sources,
                                       const std::vector<std::vector<std::string>>& conditions,
                                       const std::vector<double>& levels);

}  // namespace gracevae::impl
