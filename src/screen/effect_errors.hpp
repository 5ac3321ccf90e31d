#pragma once
/// @file How well a screen's cells know the effects of its labels.
#include <map>
#include <string>
#include <vector>

#include "screen/differential.hpp"
#include "screen/split.hpp"
#include "stats/count_variance.hpp"

namespace gracevae::impl {

/// Standard errors of the effects of conditions on genes, from the cells that trained and the control cells.
/// @test tests/unit/screen/effect_errors_test.cpp
class EffectErrors {
 public:
  /// Both must outlive it.
  EffectErrors(const Screen& screen, const Split& split);

  /// [n_genes] √(v_k/n_k + v₀/n₀) for one target k: n cells and variances v (n − 1) of its training cells and of all
  /// control cells, each v at least what counting alone gives a gene of both groups' pooled mean (CountVariance), so
  /// that a gene without a count in a small label is not known exactly. With strata (screen/covariates.hpp) the root of
  /// Σ_s f_s²·(…)² over them, f the label's share of cells in each. One training cell: control's variance stands
  /// for its own. Several targets: the root of the sum of their squares, in which control is counted once a target. NaN
  /// for a gene that none of these cells has, and everywhere for a target without training cells of its own. Cost: one
  /// pass over a label's cells when it is first asked for.
  std::vector<double> of(const std::vector<std::string>& targets);

 private:
  const std::vector<double>& squared(const std::string& target);
  /// Adds f² times the squared errors of the effect among these cells of a label and control cells of their stratum.
  void add_squared(const std::vector<std::int64_t>& cells, std::size_t stratum, double share, std::vector<double>& sum);

  const Screen& screen_;
  const Split& split_;
  CountVariance counting_;
  std::vector<std::vector<std::int64_t>> controls_;     // by stratum
  std::map<std::size_t, MeanOfCells> control_;          // those asked for
  std::map<std::string, std::vector<double>> squared_;  // by target
};

/// Cells that trained of a target alone; 0 for others.
std::int64_t n_training_cells(const Screen& screen, const Split& split, const std::string& target);

}  // namespace gracevae::impl
