#pragma once
/// @file All options of a run.
#include <string>
#include <vector>

#include "network/context_graph.hpp"
#include "run/model_options.hpp"
#include "run/run_folder.hpp"
#include "run/train_options.hpp"
#include "screen/batches.hpp"
#include "screen/cell_features.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"

namespace gracevae::impl {

/// What `gracevae train` is told and options.toml keeps.
struct RunOptions {
  ScreenOptions screen;
  NetworkOptions network;
  CellFeatureOptions features;
  SplitOptions split;
  ModelOptions model;
  BatchOptions batches;
  TrainOptions train;

  void bind(OptionTable& table);

  /// Options that name a file of cells, of guides or of names.
  std::vector<std::string*> files();
  /// Options that find_network_files takes.
  std::vector<std::string*> network_paths();

  /// options.toml must mean the same files from wherever it is read.
  void make_paths_absolute();
};

/// Defaults of the calibrated objective (docs/calibrated.md), which is the default: every field that differs from the
/// published ones, which the structs have.
RunOptions calibrated_options();

/// Whether effects of targets without a place in the model are predicted (model.effects, auto resolved).
bool uses_effect_kernels(const RunOptions& options);

/// Sets options by `apply` over the calibrated defaults, and a second time over the published ones where it asks for
/// those, so that what it sets wins over either.
template <class Apply>
void apply_over_defaults(RunOptions& options, Apply&& apply) {
  options = calibrated_options();
  apply();
  if (options.train.objective == "calibrated") return;
  options = {};
  apply();
}

/// A sentence for each option that was given and has no effect beside the others, or another one than its name says.
std::vector<std::string> notes_on(const RunOptions& options);

/// Sections of a run's options.toml that are not options.
inline const std::vector<std::string> kRecordSections{"derived", "start", "inputs", "environment"};

/// Reads a finished or interrupted run's own options; IoError when the folder is no run.
RunOptions load_run_options(const RunFolder& folder);

}  // namespace gracevae::impl
