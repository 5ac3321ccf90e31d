#pragma once
/// @file What costs little to guess of the effect of a target that was not measured.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "effects/effect_model.hpp"
#include "effects/effect_table.hpp"

namespace gracevae::impl {

/// Measured targets that nearest_mean is over.
inline constexpr std::int64_t kNearestGuess = 10;

/// Mean over the rows [genes].
std::vector<double> mean_effect(const EffectTable& table);

/// The mean of the nearest measured effects [genes]; `mean` where there is none.
std::vector<double> nearest_mean(const EffectPrediction& said, const EffectTable& measured,
                                 const std::vector<double>& mean);

/// Another screen, whose effect of the same target is a guess.
struct OtherScreen {
  std::string name;
  EffectTable effects;
};

/// The mean of the measured effects and c times what the other screen's effect of the target has beyond its own mean, c
/// by least squares over the targets that both have. Genes that the other screen lacks keep the mean.
class Transfer {
 public:
  /// `other` must outlive it. `measured`: single targets.
  Transfer(const OtherScreen& other, const EffectTable& measured);
  bool knows(const std::string& target) const { return row_.contains(target); }
  /// [genes]; the mean for a target that it does not know.
  std::vector<double> guess(const std::string& target) const;

 private:
  std::vector<double> change(const std::string& target) const;

  const OtherScreen& other_;
  std::vector<std::int64_t> column_;  // of each gene, −1 for none
  std::unordered_map<std::string, std::int64_t> row_;
  std::vector<double> mean_, of_other_;
  double slope_ = 0;
};

}  // namespace gracevae::impl
