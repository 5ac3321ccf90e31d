#pragma once
/// @file Effects of targets without a place in the model, from the process of room effects (model.effects targets or
/// kernel).
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "effects/condition_effects.hpp"
#include "run/run_options.hpp"

namespace gracevae::impl {

/// Whether a run predicts effects of targets without a place: not with model.effects auto and no source.
/// @throws ConfigError, InputError a network that cannot be found
bool predicts_unseen(const RunOptions& run);

/// An effect on the genes [n_genes] and its posterior standard deviation.
struct PredictedEffect {
  std::vector<double> effect, error;
};

/// Predicts effects when they are first asked for: those of all conditions of the screen together, others as they come.
class UnseenEffects {
 public:
  /// @throws ConfigError options that name no source
  explicit UnseenEffects(const RunOptions& run);

  /// Predicts these conditions, those of the screen besides, so that of() need not fit for each.
  void prepare(const Screen& screen, const Split& split, const std::vector<std::vector<std::string>>& conditions);
  /// Of a target that does not train. @throws InputError one that neither the screen nor a source knows
  const PredictedEffect& of(const Screen& screen, const Split& split, const std::string& target);
  /// What a pair of trained targets does besides c times their sum; nullptr where the process says nothing.
  const PredictedEffect* besides(const Screen& screen, const Split& split, std::vector<std::string> targets);

 private:
  void predict(const Screen& screen, const Split& split, std::vector<std::vector<std::string>> conditions);

  EffectOptions sources_;
  std::mutex mutex_;
  std::map<std::vector<std::string>, PredictedEffect> effects_, besides_;
  std::map<std::vector<std::string>, bool> asked_;
};

}  // namespace gracevae::impl
