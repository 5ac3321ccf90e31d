#pragma once
/// @file From options to everything a run works on; the same for training and for predicting.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "causal/schedule.hpp"
#include "model/model.hpp"
#include "run/run_options.hpp"

namespace gracevae::impl {

struct RunData {
  Screen screen;
  Split split;
  std::vector<std::int64_t> pairs;          ///< the control cell of every perturbed cell (screen/batches.hpp)
  std::optional<ContextGraph> graph;        ///< where the model reads one
  CsrMatrix<double> neighbours;             ///< its mean adjacency
  CellFeatures embedding, pathways;         ///< of the control cells, where there are any
  std::vector<std::string> targets;         ///< the labels: targets of single regimes with training cells, sorted
  std::optional<TargetGraph> target_graph;  ///< where the intervention encoder reads one
  std::vector<std::string> places;  ///< what a one-hot has a number for, sorted: `targets`, or the graph's nodes
  bool has_fallback = false;        ///< whether a target without a place is read as all labels together
  ModelShape shape;
};

/// Reads the screen and, where the model needs it, the network; makes or reads the split and checks it. `stored_split`
/// is a run's own split.tsv. InputError/ConfigError as load_screen, build_context_graph, build_target_graph,
/// read_split, check_split and check_batches throw; targets without a place, where --unknown-targets does not allow
/// them.
RunData load_run_data(const RunOptions& options, const std::filesystem::path& stored_split = {});

/// The same from a screen and a split that are there. `begun`: of a run that has begun, whose checks passed then.
RunData make_run_data(const RunOptions& options, Screen screen, Split split, bool begun);

/// The smallest value that cells of this screen can have: 0 where none is negative, as expression cannot be, else −∞.
double smallest_possible_value(const Screen& screen);
/// Puts what the screen's values say where `data` stands.
void resolve_value_range(ModelOptions& options, const Screen& screen);

/// A fresh model for the data. ConfigError when device "cuda" is asked for and LibTorch has none.
std::unique_ptr<Model> make_run_model(const RunOptions& options, const RunData& data);

/// Rows as a tensor [cells.size(), p] of the model's dtype and device.
Tensor cells_tensor(const CsrView<float>& rows, std::span<const std::int64_t> cells, const at::TensorOptions& options);
inline Tensor cells_tensor(const Screen& screen, std::span<const std::int64_t> cells,
                           const at::TensorOptions& options) {
  return cells_tensor(screen.rows(), cells, options);
}

/// Whether the model can be asked for these targets.
bool has_places(const RunData& data, const std::vector<std::string>& regime_targets);

/// One-hot row [1, c] of each target of a regime; equal shares of all labels for one without a place where the run has
/// the fallback, else InputError with the nearest names.
std::vector<Tensor> target_tensors(const std::vector<std::string>& regime_targets, const RunData& data,
                                   const at::TensorOptions& options);

/// Standard normal numbers of a dtype and device, drawn on the CPU in double.
Tensor normal_tensor(const std::vector<std::int64_t>& shape, Random& random, const at::TensorOptions& options);

/// Schedules as the options of a run ask for them.
ScheduleOptions schedule_options(const TrainOptions& train);
/// Temperature of a run's last epoch.
double final_tau(const TrainOptions& train);

/// What the encoder reads of control cells: their genes, their embedding, measured pathway values, and noise: epsilon
/// [n, d] and, for models with pathways that are not measured, pathway values ([q], [n, q] or zeros, as
/// --pathway-values says; zeros beside an embedding). Noise is drawn on the CPU from `random`, so that devices agree.
/// Without targets, at τ = 1.
/// @paper GraCE-VAE (node features)
ModelInput control_input(const Model& model, const RunData& data, const ModelOptions& options,
                         std::span<const std::int64_t> controls, Random random);
/// Moves all of an input's tensors to where the weights are.
ModelInput beside_weights(ModelInput input, const Model& model);
/// The same on the host and without the genes, for who reads those from the screen.
ModelInput control_features(const Model& model, const RunData& data, const ModelOptions& options,
                            std::span<const std::int64_t> controls, Random random);

/// Draws the noise of an input anew, for as many cells as its epsilon has rows: epsilon and, where they are noise, the
/// pathway values.
void draw_noise(const Model& model, const RunData& data, const ModelOptions& options, Random random, ModelInput& input);

/// True when pathway values are noise, so that another draw may change predictions.
bool has_pathway_noise(const Model& model, const RunData& data, const ModelOptions& options);

}  // namespace gracevae::impl
