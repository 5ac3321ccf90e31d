#pragma once
/// @file A finished run, ready to be asked.
#include <filesystem>
#include <memory>
#include <string>

#include "train/setup.hpp"

namespace gracevae::impl {

struct LoadedRun {
  RunOptions options;
  RunData data;
  std::unique_ptr<Model> model;     ///< with the run's weights
  double tau = 1;                   ///< temperature of the intervention encoder
  bool samples_effects = false;     ///< predict.sample_effects
  std::filesystem::path file = {};  ///< of the weights; empty while they train
};

/// @throws NumericalError naming the file of the weights if what the model made is not finite. Undefined tensors pass.
void require_finite(const Tensor& made, const LoadedRun& run);

/// Sets threads, checks that the inputs are those of training, reads them and the weights: `weights` is last or best,
/// `tau` is one, final, or run for what the run was told.
/// @throws IoError no such run, or not finished; InputError an input file that changed since.
LoadedRun load_run(const RunFolder& folder, const std::string& weights, const std::string& tau);

}  // namespace gracevae::impl
