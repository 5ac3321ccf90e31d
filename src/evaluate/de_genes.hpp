#pragma once
/// @file Which genes a condition is scored on, chosen without the cells that are scored.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "screen/differential.hpp"
#include "screen/split.hpp"
#include "stats/wilcoxon_reference.hpp"

namespace gracevae::impl {

/// One choice of genes, and what is scored on it.
struct DeFold {
  std::vector<std::int32_t> genes;  ///< columns, the strongest first
  std::vector<std::size_t> rows;    ///< places of the scored cells in the list of test cells, ascending
  std::size_t control_half = 0;  ///< half of the control cells that observed changes are taken from: not the choosers'
};

struct DeChoice {
  std::vector<DeFold> folds;  ///< two whose scores are averaged; empty where genes cannot be chosen
  std::string chosen_on;      ///< "80 training cells", "the other half of 100 test cells"
  std::string refused;        ///< why there is no fold, "" where there are
};

/// Genes by |z| of Wilcoxon's rank-sum test against control cells. Of a condition that trains: its training cells
/// against each half of the control cells, scores on its test cells. Of one that does not: cross-fitting, each half of
/// its test cells against a half of the control cells, scores on the other half. The control cells are cut in two at
/// random (seeded): the predicted change is taken from the half that chose, the observed one from the other. Otherwise
/// the control cells' own error would choose genes and be found again in both changes.
class DeGenes {
 public:
  /// `n_top` genes; `least` cells at least on each side of a choice, else none is made.
  DeGenes(const Screen& screen, const Split& split, std::int64_t n_top, std::int64_t least, std::uint64_t seed);
  DeChoice choose(const Regime& regime, std::span<const std::int64_t> test_cells) const;
  /// As the published protocol has them: by |Welch's t| of all cells of the condition, test cells among them, against
  /// all control cells, scanpy's `t-test`.
  std::vector<std::int32_t> published(const Regime& regime) const;
  const MeanOfCells& control_half(std::size_t half) const { return means_[half]; }

 private:
  std::vector<std::int32_t> chosen(std::span<const std::int64_t> cells, std::size_t control_half) const;

  const Screen& screen_;
  const Split& split_;
  std::int64_t n_top_, least_;
  std::uint64_t seed_;
  std::array<std::vector<std::int64_t>, 2> halves_;
  MeanOfCells control_;
  std::vector<MeanOfCells> means_;             ///< of the halves
  std::vector<WilcoxonReference> references_;  ///< the halves
};

}  // namespace gracevae::impl
