#pragma once
/// @file A run that is ready for its next step: begun anew, or resumed from a checkpoint.
#include <memory>

#include "run/run_options.hpp"
#include "screen/backed_batches.hpp"
#include "train/checkpoint.hpp"
#include "train/training_step.hpp"

namespace gracevae::impl {

struct PreparedRun {
  RunOptions options;  ///< as they take effect on these data
  RunData data;
  std::unique_ptr<Model> model;
  Adam adam;
  ObjectiveOptions objective{};
  Engine engine = Engine::autograd;
  BackedSizes backed{};  ///< where cells stay on disk
  Position position{};
};

/// Checks the options against the data and initialises the weights, by fits to the data where --start asks for them.
/// Writes nothing. @throws ConfigError, InputError, Interrupted
PreparedRun begin_run(const RunOptions& options, RunData data);

/// The same, with weights, moments and position of the checkpoint of a folder. @throws IoError, InputError
PreparedRun resume_run(const RunOptions& options, RunData data, const RunFolder& from);

}  // namespace gracevae::impl
