#pragma once
/// @file What costs nothing to predict, and what real cells reach: the rows beside a model's.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/common_rows.hpp"
#include "base/random.hpp"
#include "screen/shift_model.hpp"

namespace gracevae::impl {

/// Names of the rows that need no model, in the order of tables: the shift models (screen/shift_model.hpp), and
/// training-mean: the mean of the condition's own training cells, which has no cells of its own, for conditions that
/// train; additive-clipped: the additive prediction with values below 0 made 0, where the screen has none below;
/// scaled-additive and regression: what combinations that train say of sums, where there are any; nearest-10, transfer
/// and effects: what networks and other screens say of targets that do not train (evaluate/unseen.hpp).
inline const std::vector<std::string> kBaselines{"control",          "mean-shift",      "training-mean", "additive",
                                                 "additive-clipped", "scaled-additive", "regression",    "linear",
                                                 "nearest-10",       "transfer",        "effects"};

/// Shifts [n_genes] by row and a condition's targets, sorted.
using PredictedShifts = std::map<std::string, std::map<std::vector<std::string>, std::vector<double>>>;

/// Predictions without a latent model, from control and training cells only.
class Baselines {
 public:
  /// `elsewhere`: shifts of what does not train here; `predicted`: those of further rows, which must outlive it;
  /// nullptr = none.
  Baselines(const Screen& screen, const Split& split, const TrainedShifts* elsewhere = nullptr,
            const PredictedShifts* predicted = nullptr);

  const std::vector<double>& control_mean() const { return trained_.control_mean; }
  /// The expected prediction: the mean over all control cells, [genes]; none where the method has none for this regime.
  std::optional<std::vector<double>> mean(const std::string& name, const Regime& regime) const;
  /// A prediction from each of these control cells, [controls.size(), n_genes]; none where the method has none, or no
  /// cells.
  std::optional<CommonRows> cells(const std::string& name, std::span<const std::int64_t> controls,
                                  const Regime& regime) const;
  /// Mean of the training cells of every regime that has any, by its index in the screen; control is not among them.
  const std::map<std::int32_t, std::vector<double>>& training_means() const { return training_means_; }

 private:
  std::optional<std::vector<double>> shift(const std::string& name, const Regime& regime) const;
  /// The model behind a row; nullptr where there is none.
  const ShiftModel* model_of(const std::string& name) const;
  std::vector<double> clipped_mean(const std::vector<double>& shift) const;

  const Screen& screen_;
  const PredictedShifts* predicted_;
  TrainedShifts trained_;
  bool nonnegative_;
  CsrMatrix<float> control_values_;  ///< [genes, control cells], for clipped_mean
  std::map<std::string, std::optional<ShiftModel>> models_;
  std::map<std::int32_t, std::vector<double>> training_means_;
};

/// Two sets of real cells of one condition, as many in each.
struct RealCells {
  std::vector<std::int64_t> stand_in, observed;
};

/// Other real cells of the condition against the test cells. Training cells of the regime are drawn without
/// replacement, as many as there are test cells (fewer test cells are taken where training cells are fewer); a regime
/// that never trained has its test cells cut into random halves. None when that leaves a side empty.
std::optional<RealCells> draw_replicate(const Screen& screen, const Split& split,
                                        std::span<const std::int64_t> test_cells, Random random);

/// What knowing nothing of the targets gives: training cells of another perturbed condition, drawn at random, against
/// the test cells, as many in each. None when no other condition trained.
std::optional<RealCells> draw_chance(const Screen& screen, const Split& split, std::span<const std::int64_t> test_cells,
                                     Random random);

}  // namespace gracevae::impl
