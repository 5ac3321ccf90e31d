#pragma once
/// @file Training of one run, from options to a run folder.
#include "run/run_options.hpp"

namespace gracevae::impl {

/// What the command line adds to the options.
struct TrainRequest {
  RunOptions options;
  RunFolder folder;
  bool resume = false;                ///< go on from the folder's checkpoint; options are then the folder's own
  std::int64_t stop_after_steps = 0;  ///< as if a stop were requested after so many steps of this call; 0 = never
};

/// Trains and writes the run folder (docs/formats.md): options.toml and split.tsv before the first step, history.jsonl
/// and a checkpoint by epoch, weights at the end. Nothing is written before data, network, split and options have been
/// checked. The same seed, build and thread count give the same bits, interrupted and resumed or not.
/// @throws ConfigError the folder holds a run already, options that contradict each other; InputError the data;
/// NumericalError a loss that is not finite, naming epoch, step, term and regime, the last checkpoint kept; Interrupted
/// on request, the state saved.
void train(const TrainRequest& request);

}  // namespace gracevae::impl
