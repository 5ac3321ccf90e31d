#pragma once
/// @file What costs nothing to predict, and what cannot be beaten: the rows beside a model's.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.hpp"
#include "base/random.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"

namespace gracevae {

/// Predictions without a model, from control and training cells only. Means are over cells of the screen, in double.
class Baselines {
 public:
  /// Single regimes with training cells give their shift: mean(training cells) − mean(control).
  Baselines(const Screen& screen, const Split& split);

  const std::vector<double>& control_mean() const { return control_mean_; }
  /// The control cells themselves, [controls.size(), n_genes].
  Matrix<float> control(std::span<const std::int64_t> controls) const;
  /// Control cells + the mean of all single shifts; none when nothing was trained.
  std::optional<Matrix<float>> mean_shift(std::span<const std::int64_t> controls) const;
  /// Control cells + the sum of the targets' shifts; none when a target never trained.
  std::optional<Matrix<float>> additive(std::span<const std::int64_t> controls,
                                        const std::vector<std::string>& targets) const;

 private:
  Matrix<float> shifted(std::span<const std::int64_t> controls, const std::vector<double>& shift) const;

  const Screen& screen_;
  std::vector<double> control_mean_;
  std::vector<std::pair<std::string, std::vector<double>>> shifts_;  ///< of trained singles, by target
};

/// Two sets of real cells of one condition, as many in each.
struct RealCells {
  std::vector<std::int64_t> stand_in, observed;
};

/// The best a prediction can be expected to do: other real cells against the test cells. Training cells of the regime
/// are drawn without replacement, as many as there are test cells (fewer test cells are taken where training cells are
/// fewer); a regime that never trained has its test cells cut into random halves. None when that leaves a side empty.
std::optional<RealCells> draw_ceiling(const Screen& screen, const Split& split,
                                      std::span<const std::int64_t> test_cells, Random random);

}  // namespace gracevae
