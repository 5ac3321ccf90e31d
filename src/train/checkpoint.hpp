#pragma once
/// @file The state of a training run between two steps.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "train/optimiser.hpp"
#include "train/start.hpp"
#include "train/weights.hpp"

namespace gracevae::impl {

/// Position of a run. All random numbers follow from (seed, purpose, epoch, step), so this and the weights are the
/// whole state.
struct Position {
  std::int64_t epoch = 0, step = 0;  ///< the next step to take is `step` of `epoch`
  std::vector<double> sums;          ///< of the loss terms over this epoch's steps so far
  double seconds = 0;                ///< of this epoch so far
  double best_score = std::numeric_limits<double>::infinity();
  std::int64_t best_epoch = -1;
  std::vector<Tensor> best_weights;  ///< empty until there is a best epoch
  std::vector<std::string> history;  ///< lines of history.jsonl so far
  StartRecord start;                 ///< where the run began
  std::filesystem::path file = {};   ///< that it was read from; empty for a new run
};

/// Writes weights, moments and position atomically.
void save_checkpoint(const std::filesystem::path& file, const Parameters& parameters, Adam& adam,
                     const Position& position);

/// Restores all three. @throws IoError if absent, InputError if it is of another model.
Position load_checkpoint(const std::filesystem::path& file, const Parameters& parameters, Adam& adam);

}  // namespace gracevae::impl
