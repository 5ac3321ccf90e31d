#pragma once
/// @file What a screen's cells say of pairs of targets: whether two effects add up.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "screen/differential.hpp"
#include "screen/split.hpp"
#include "stats/pair_interaction.hpp"

namespace gracevae::impl {

/// A pair that the screen has cells of.
struct MeasuredPair {
  std::int64_t n_a = 0, n_b = 0, n_ab = 0;
  bool trained = false;  ///< the pair's cells are training cells; else those that the split held out for the test
  std::optional<PairEstimate> estimate;
  std::string why;  ///< there is no estimate
};

/// Estimates pairs from the control cells and the cells of both singles and of the pair: of each condition its training
/// cells, or, where it has none, its test cells. Nothing is estimated where covariates make strata: a mean over all
/// cells of a condition is then no fair comparison.
/// @test tests/unit/predict/measured_pairs_test.cpp
class MeasuredPairs {
 public:
  static constexpr std::int64_t kLeastCells = 10;  ///< of each condition; with fewer there is no estimate

  /// Both must outlive it.
  MeasuredPairs(const Screen& screen, const Split& split) : screen_(screen), split_(split) {}

  /// Of two sorted targets; nothing where the screen has no such pair. Cost: two passes over the cells of the four
  /// conditions, one of them only once for each single and for control.
  std::optional<MeasuredPair> of(const std::vector<std::string>& targets);

 private:
  struct Group {
    std::vector<std::int64_t> cells;
    bool trained = false;
    std::vector<double> mean;  ///< [n_genes]
    double noise = 0;          ///< Σ over genes of variance/n
  };
  Group group_of(const std::vector<std::string>& targets) const;
  const Group& kept_group(const std::vector<std::string>& targets);

  const Screen& screen_;
  const Split& split_;
  std::map<std::vector<std::string>, Group> groups_;  ///< control and singles
};

}  // namespace gracevae::impl
