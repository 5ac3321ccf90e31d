#pragma once
/// @file From options to the data and model of a run, for training and prediction.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "causal/schedule.hpp"
#include "model/model.hpp"
#include "run/run_options.hpp"
#include "screen/batches.hpp"
#include "train/unseen_effects.hpp"

namespace gracevae::impl {

struct RunData {
  Screen screen;
  Split split;
  std::vector<std::int64_t> pairs;          ///< the control cell of every perturbed cell (screen/batches.hpp)
  std::optional<ContextGraph> graph;        ///< if the model reads one
  CsrMatrix<double> neighbours;             ///< its mean adjacency
  CellFeatures embedding, pathways;         ///< of the control cells, if any
  std::vector<std::string> targets;         ///< the labels: targets of single regimes with training cells, sorted
  std::optional<TargetGraph> target_graph;  ///< if the intervention encoder reads one
  std::vector<std::string> places;          ///< what one-hots encode, sorted: `targets`, or the target graph's nodes
  std::shared_ptr<UnseenEffects> effects;   ///< of targets without a place; nullptr with model.effects none
  bool has_fallback = false;                ///< whether other targets are encoded as all labels together
  ModelShape shape;
};

/// Reads the screen and, if the model needs it, the network; makes or reads the split and checks it. `stored_split` is
/// a run's split.tsv. @throws InputError, ConfigError as load_screen, build_context_graph, build_target_graph,
/// read_split, check_split and check_batches; targets that cannot be encoded, unless --unknown-targets allows them.
RunData load_run_data(const RunOptions& options, const std::filesystem::path& stored_split = {});

/// The same from a given screen and split. `begun`: the run has begun, so its checks have passed.
RunData make_run_data(const RunOptions& options, Screen screen, Split split, bool begun);

/// Lower bound of this screen's values: 0 if none is negative, else −∞.
double smallest_possible_value(const Screen& screen);
/// Resolves the setting `data` from the screen's values.
void resolve_value_range(ModelOptions& options, const Screen& screen);

/// A model for the data with initial weights. @throws ConfigError if device is "cuda" and LibTorch has none.
std::unique_ptr<Model> make_run_model(const RunOptions& options, const RunData& data);

/// Rows as a tensor [cells.size(), p] of the model's dtype and device.
Tensor cells_tensor(const CsrView<float>& rows, std::span<const std::int64_t> cells, const at::TensorOptions& options);
inline Tensor cells_tensor(const Screen& screen, std::span<const std::int64_t> cells,
                           const at::TensorOptions& options) {
  return cells_tensor(screen.rows(), cells, options);
}

/// The cells' covariates, [cells.size(), k] as in Covariates::design.
Tensor covariates_tensor(const Screen& screen, std::span<const std::int64_t> cells, const at::TensorOptions& options);

/// Whether the model can encode these targets, or their effects can be predicted.
bool has_places(const RunData& data, const std::vector<std::string>& regime_targets);

/// Draws of the posterior of predicted effects, one for each cell.
struct PosteriorDraws {
  std::int64_t n_cells;
  Random random;
};

/// Puts a condition's targets into the input: one-hots of those with a place, the effects of the others where the run
/// predicts them, and what a pair does besides. `draws`: adds to each of so many cells a draw of these effects'
/// posterior; nullptr: none. @throws InputError as target_tensors, and a target that no source knows
void set_targets(ModelInput& input, const std::vector<std::string>& targets, const RunData& data,
                 const at::TensorOptions& options, PosteriorDraws* draws = nullptr);

/// One-hot row [1, c] of each target of a regime. Unknown targets get equal shares of all labels if the run has the
/// fallback, else InputError with the nearest names.
std::vector<Tensor> target_tensors(const std::vector<std::string>& regime_targets, const RunData& data,
                                   const at::TensorOptions& options);

/// Those of a batch: target_tensors of its regime or, of a mixed batch, rows [B, c], cell by cell, as many as the most
/// targets of a cell; a row is 0 where the cell has fewer. @throws as target_tensors.
std::vector<Tensor> batch_targets(const Batch& batch, const RunData& data, const at::TensorOptions& options);

/// Standard normal numbers of a dtype and device, drawn on the CPU in float64.
Tensor normal_tensor(const std::vector<std::int64_t>& shape, Random& random, const at::TensorOptions& options);

/// Schedules of a run, from its options.
ScheduleOptions schedule_options(const TrainOptions& train);
/// Temperature of a run's last epoch.
double final_tau(const TrainOptions& train);

/// The encoder's input for control cells: genes, embedding, measured pathway values, and noise: epsilon [n, d] and, for
/// pathways without measured values, pathway values ([q], [n, q] or zeros, as --pathway-values says; zeros with an
/// embedding). Noise is drawn on the CPU from `random`, so that devices agree. No targets, τ = 1.
/// @paper GraCE-VAE (node features)
ModelInput control_input(const Model& model, const RunData& data, const ModelOptions& options,
                         std::span<const std::int64_t> controls, Random random);
/// Moves an input's tensors to the weights' device.
ModelInput beside_weights(ModelInput input, const Model& model);
/// control_input on the host without the genes, for callers that read those from the screen.
ModelInput control_features(const Model& model, const RunData& data, const ModelOptions& options,
                            std::span<const std::int64_t> controls, Random random);

/// Redraws the noise of an input, for as many cells as its epsilon has rows: epsilon and, if they are noise, the
/// pathway values.
void draw_noise(const Model& model, const RunData& data, const ModelOptions& options, Random random, ModelInput& input);

/// True if pathway values are noise, so that another draw may change predictions.
bool has_pathway_noise(const Model& model, const RunData& data, const ModelOptions& options);

}  // namespace gracevae::impl
