#pragma once
/// @file Predictions that need no latents: a condition's cells are control cells plus one shift.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "screen/screen.hpp"
#include "screen/split.hpp"

namespace gracevae::impl {

/// The shift of a condition: a constant, plus one row for each of its targets.
struct ShiftModel {
  std::vector<double> constant;  ///< [n_genes]
  std::optional<std::map<std::string, std::vector<double>>>
      rows;          ///< target → [n_genes]; absent where every condition has the constant
  double scale = 1;  ///< factor on the sum of two or more targets' rows

  /// [n_genes]; none where a target has no row.
  std::optional<std::vector<double>> shift(const std::vector<std::string>& targets) const;
};

/// A condition that trains: mean(training cells) − mean(control), [n_genes], in double; with strata, control cells
/// weighted to the strata of the training cells.
struct TrainedCondition {
  std::vector<std::string> targets;
  std::int64_t n_cells = 0;
  std::vector<double> shift;
};

/// Mean of control, [n_genes], and every condition that trains.
struct TrainedShifts {
  std::vector<double> control_mean;
  std::map<std::string, std::vector<double>> of_target;  ///< of singles
  std::vector<TrainedCondition> conditions;              ///< all, in the screen's order
  bool combine() const;                                  ///< whether a combination trains
  void borrow(const TrainedShifts& others);              ///< takes the conditions that do not train here
};
TrainedShifts trained_shifts(const Screen& screen, const Split& split);

/// additive with the sum of two or more targets times combination_scale (stats/design_regression.hpp) of the
/// combinations that train; none where no combination of trained singles does.
std::optional<ShiftModel> scaled_additive_model(const TrainedShifts& trained);

/// The targets' effects by regression on the design of all conditions that train (stats/design_regression.hpp, scale
/// 1), so that a target that trains within combinations alone has one too; none where no combination trains. variance
/// [n_genes]: of a cell.
std::optional<ShiftModel> regression_model(const TrainedShifts& trained, const std::vector<double>& variance);

/// Names of the shift models, in the order of tables.
inline const std::vector<std::string> kShiftModels{"control", "mean-shift", "additive", "linear"};
inline bool is_shift_model(const std::string& name) {
  return std::find(kShiftModels.begin(), kShiftModels.end(), name) != kShiftModels.end();
}

/// control: no shift. mean-shift: the mean of all trained shifts. additive: the sum of the targets' own.
/// linear: the low-rank linear model of Ahlmann-Eltze, Huber and Anders (2025). With X [p, n] the means of control and
/// of the n − 1 trained singles, A [p, k] = the scores of X's first k principal components (genes are the observations,
/// columns centred; k = 10, or as many as there are), Y [p, m] the trained shifts whose target is a measured gene,
/// c = Y's mean over columns, and B [k, m] the rows of A at those targets:
///   K = (AᵀA + λI)⁻¹ Aᵀ(Y − c)Bᵀ (BBᵀ + λI)⁻¹, λ = 0.1, shift(targets) = c + Σ A·K·A_targetᵀ.
/// So it also places measured targets that never trained. A sum over several targets is our own: the source has
/// singles. None where nothing trained (mean-shift), or none of what trained is a measured gene (linear).
/// Source: Ahlmann-Eltze, Huber and Anders 2025, Nature Methods.
/// @test tests/unit/screen/shift_model_test.cpp
std::optional<ShiftModel> make_shift_model(const std::string& name, const Screen& screen, const TrainedShifts& trained);

}  // namespace gracevae::impl
