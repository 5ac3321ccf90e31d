#pragma once
/// @file How a training step is taken: one interface, three engines (run/engine_choice.hpp).
#include <memory>
#include <vector>

#include "run/engine_choice.hpp"
#include "screen/batches.hpp"
#include "train/objective.hpp"
#include "train/optimiser.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {

/// Input of a step.
struct StepBatch {
  ModelInput input;  ///< on the host, without x, its temperature set
  BatchRows rows;
  Tensor observation{};  ///< [controls, p] standard normal noise of generated cells; undefined without
};

/// Sums of the loss terms over steps.
struct LossSums {
  LossValue sum{};
  std::int64_t n_steps = 0;
};

/// Same formulas and random numbers in every engine, so that all agree up to rounding.
/// @test tests/contract/training_step_test.cpp
class TrainingStep {
 public:
  /// What a step works on. All must outlive it.
  struct Parts {
    const ModelOptions& options;
    const RunData& data;
    const Model& model;
    Adam& adam;
    ObjectiveOptions objective;
  };

  virtual ~TrainingStep() = default;
  /// Weights of the loss until the next call.
  void begin_epoch(const Schedule& schedule) { schedule_ = schedule; }
  /// Takes a step of all weights.
  virtual void take(const StepBatch& batch) = 0;
  /// Gradients of all weights in the model's order, undefined where the loss does not depend on one; moves none.
  virtual std::vector<Tensor> gradients(const StepBatch& batch) = 0;
  /// The sums since the last call; waits for a device.
  virtual LossSums take_sums();
  /// Steps after which the loss should be read: reading it may wait for a device.
  virtual std::int64_t read_every() const { return 1; }
  /// Writes weights and moments back to the model and the optimiser, where the engine holds them itself.
  virtual void store() {}
  /// Reads them from there.
  virtual void load() {}

 protected:
  void add(const LossValues& terms);
  const Schedule& schedule() const { return schedule_; }

 private:
  Schedule schedule_;
  LossSums sums_;
};

std::unique_ptr<TrainingStep> make_sliced_step(const TrainingStep::Parts& parts);
std::unique_ptr<TrainingStep> make_autograd_step(const TrainingStep::Parts& parts);
/// The screen's rows are kept on the device if they take at most `most_bytes`.
std::unique_ptr<TrainingStep> make_device_step(const TrainingStep::Parts& parts, std::int64_t most_bytes);
/// Of these, the engine's.
std::unique_ptr<TrainingStep> make_training_step(Engine engine, const TrainingStep::Parts& parts);

}  // namespace gracevae::impl
