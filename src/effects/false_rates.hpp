#pragma once
/// @file How often a prediction points the wrong way, by leave-one-out.
#include <cstdint>
#include <utility>
#include <vector>

#include "effects/process.hpp"

namespace gracevae::impl {

/// For each expected cosine ρ: twice the share of predictions by leave-one-out with that ρ or more which point the
/// wrong way (cosine ≤ 0), since half of those that say nothing point the right way; with one more for the unknown, at
/// most 1, and never more than for a smaller ρ: as q-values of a target-decoy search.
/// @test tests/unit/effects/effect_cards_test.cpp
class FalseRates {
 public:
  explicit FalseRates(const LeaveOneOut& errors);
  /// Of a ρ above all of the rows', that of the largest; 1 without a row.
  double of(double rho) const;

 private:
  std::vector<std::pair<double, double>> rates_;  // ρ descending, and its rate
};

}  // namespace gracevae::impl
