#pragma once
/// @file What costs nothing to predict, and what cannot be beaten: the rows beside a model's.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.hpp"
#include "base/random.hpp"
#include "screen/shift_model.hpp"

namespace gracevae {

/// Predictions without a latent model (screen/shift_model.hpp), from control and training cells only.
class Baselines {
 public:
  Baselines(const Screen& screen, const Split& split);

  const std::vector<double>& control_mean() const { return trained_.control_mean; }
  /// The control cells [controls.size(), n_genes] plus the condition's shift by the shift model of this name; none
  /// where it has none for these targets.
  std::optional<Matrix<float>> predict(const std::string& name, std::span<const std::int64_t> controls,
                                       const std::vector<std::string>& targets) const;

 private:
  const Screen& screen_;
  TrainedShifts trained_;
  std::map<std::string, std::optional<ShiftModel>> models_;
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

/// What knowing nothing of the targets gives: training cells of another perturbed condition, drawn at random, against
/// the test cells, as many in each. None when no other condition trained.
std::optional<RealCells> draw_chance(const Screen& screen, const Split& split, std::span<const std::int64_t> test_cells,
                                     Random random);

}  // namespace gracevae
