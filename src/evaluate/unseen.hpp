#pragma once
/// @file Scores of conditions with targets that do not train alone, beside what networks and other screens say of them.
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "effects/condition_effects.hpp"
#include "evaluate/baselines.hpp"
#include "evaluate/evaluate.hpp"

namespace gracevae::impl {

/// Conditions of strata unseen-single, seen-1 and seen-0; and pairs of trained targets (seen-2) where enough pairs
/// train for a process.
/// @test tests/unit/evaluate/unseen_test.cpp
class UnseenScores {
 public:
  /// Predicts their effects from `sources` (without it, or none named: none are predicted of unseen targets), which is
  /// called where there is such a condition only. All but `sources` must outlive it.
  UnseenScores(const Screen& screen, const Split& split, const std::vector<Prediction>& predictions,
               const EffectSources& sources);

  /// Rows nearest-10, transfer and effects.
  const PredictedShifts& shifts() const { return shifts_; }

  /// "unseen" of metrics.json from its filled "conditions"; null without such a condition.
  nlohmann::ordered_json scores(const nlohmann::ordered_json& conditions) const;

 private:
  nlohmann::ordered_json coverage(const std::vector<std::string>& conditions) const;

  const Screen& screen_;
  const std::vector<Prediction>& predictions_;
  Split tested_;  ///< test cells as if they trained, for their observed effects
  std::vector<std::string> strata_;
  std::map<std::string, std::vector<std::string>> conditions_of_;  ///< labels by stratum
  ConditionEffects effects_;
  PredictedShifts shifts_;
};

/// Σ(s − s₀)/Σ(s₁ − s₀) over conditions, s₀ the training mean's score and s₁ the noise-free one: the share of the gap
/// between them that a method closes. Its error is the jackknife's over conditions; NaN with fewer than two.
struct GapClosed {
  std::int64_t n = 0;
  double value = 0, error = 0;
};
/// In R² on all genes, over those of these conditions that are averaged. n = 0 where none has all three scores.
GapClosed gap_closed(const nlohmann::ordered_json& conditions, const std::string& method,
                     const std::set<std::string>& labels);

/// For people; "" for null.
std::string unseen_text(const nlohmann::ordered_json& unseen);

}  // namespace gracevae::impl
