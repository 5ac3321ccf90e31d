#pragma once
/// @file One run of training, a step at a time: the caller owns the loop, and decides when something is written.
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/history.hpp"
#include "run/run_options.hpp"
#include "screen/row_feeder.hpp"
#include "train/early_stopping.hpp"
#include "train/prepared_run.hpp"
#include "train/step_feeder.hpp"

namespace gracevae::impl {

/// A run's weights and position. All randomness derives from (seed, purpose, epoch, step), so that the same options and
/// data give the same bits, interrupted and resumed or not.
/// @test tests/unit/train/trainer_test.cpp
class TrainingRun {
 public:
  TrainingRun(PreparedRun run, int n_threads);
  TrainingRun(const TrainingRun&) = delete;
  TrainingRun& operator=(const TrainingRun&) = delete;

  /// False for models that are complete at the start.
  bool trains() const { return model_->trains(); }
  /// All epochs are done, or the validation score has stopped improving.
  bool finished() const {
    return position_.epoch >= options_.train.epochs || (options_.train.early_stopping && stopping_.stops());
  }
  std::int64_t steps_per_epoch() const { return n_steps_; }
  const Position& position() const { return position_; }
  const RunOptions& options() const { return options_; }
  const RunData& data() const { return data_; }
  const Model& model() const { return *model_; }
  /// The options that write_start records, for callers that move the input files.
  RunOptions& files() { return options_; }

  /// Takes the next step and returns its loss terms (on a device, means over recent steps). The
  /// last of an epoch ends it: scores on validation cells, a line of history.
  /// @throws NumericalError a loss that is not finite, naming epoch, step, term and regime
  LossValue step();
  /// The rest of the epoch; its loss terms are means over steps. @throws Interrupted between two steps, on request
  void finish_epoch();
  /// Cells trained in this process per second since its first step.
  double cells_per_second() const;

  /// Writes weights back from the engine. Call before reading model().
  void store();
  /// options.toml and split.tsv.
  void write_start(const RunFolder& folder) const;
  /// Appends what is new where this has written there before.
  void write_history(const RunFolder& folder);
  void write_checkpoint(const RunFolder& folder);
  /// The models, last and best, and latents.json.
  void write_result(const RunFolder& folder);

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t seed() const { return static_cast<std::uint64_t>(options_.train.seed); }
  std::shared_ptr<const WindowedBatches> batches_of(std::int64_t epoch) const;
  ModelInput aimed(ModelInput input, const Batch& batch, double tau) const;
  StepBatch make_step(const Batch& batch, std::int64_t step, double tau);
  Tensor draw_dropout(std::int64_t step) const;
  Tensor draw_observation(std::int64_t step, std::int64_t n_cells) const;
  double learning_rate() const;
  void begin_epoch();
  void lap();
  void read_losses();
  void check_finite(const LossValue& values, const Batch& batch) const;
  std::optional<double> validation_score(double tau) const;
  void end_epoch();
  void keep_best(double score);
  void end_with_best();
  void write_model(const std::filesystem::path& file, const std::vector<Tensor>& weights, std::int64_t epoch) const;

  RunOptions options_;
  RunData data_;
  std::unique_ptr<Model> model_;
  std::vector<Tensor> weights_;
  Adam adam_;
  ObjectiveOptions objective_;
  std::unique_ptr<TrainingStep> engine_;  ///< none: the model is complete at the start
  std::int64_t n_unread_ = 0;             ///< steps whose loss has not been read
  LossValue newest_{};                    ///< of the last step that was read, or a mean of several
  BackedSizes backed_;
  std::unique_ptr<RowFeeder> feeder_;  ///< none: cells are in memory
  std::int64_t n_steps_ = 0;           ///< per epoch
  Position position_;
  EarlyStopping stopping_;
  HistoryFile history_file_;
  std::shared_ptr<const WindowedBatches> epoch_;  ///< in progress; none between two epochs
  Schedule schedule_;
  Clock::time_point lap_began_{}, first_step_{};
  std::int64_t cells_ = 0;
  StepFeeder step_feeder_;  ///< last member: its thread reads the others
};

}  // namespace gracevae::impl
