#pragma once
/// @file All options of a run, and the paths of its files. Plain C++.
#include <filesystem>

#include "base/files.hpp"
#include "io/label_table.hpp"
#include "model/model_options.hpp"
#include "network/context_graph.hpp"
#include "screen/batches.hpp"
#include "screen/cell_features.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"
#include "train/train_options.hpp"

namespace gracevae::impl {

/// Options of `gracevae train`, stored in options.toml.
struct RunOptions {
  ScreenOptions screen;
  NetworkOptions network;
  CellFeatureOptions features;
  SplitOptions split;
  ModelOptions model;
  BatchOptions batches;
  TrainOptions train;

  void bind(OptionTable& table) {
    screen.bind(table);
    network.bind(table);
    features.bind(table);
    split.bind(table);
    model.bind(table);
    train.bind(table);
    batches.bind(table);
  }

  /// Options that name a file of cells, of guides or of names.
  std::vector<std::string*> files() {
    std::vector<std::string*> files = screen.files();
    files.insert(files.end(), {&split.file, &features.embedding_file, &features.pathway_file});
    return files;
  }
  /// Options that find_network_files takes.
  std::vector<std::string*> network_paths() {
    return {&network.network, &network.gmt, &network.relations, &network.edges, &network.edge_info};
  }

  /// options.toml must name the same files wherever it is read from.
  void make_paths_absolute() {
    screen.labels_file = absolute_label_files(screen.labels_file);
    network.make_paths_absolute();
    for (const auto& paths : {files(), {&screen.packed}})
      for (std::string* path : paths)
        if (!path->empty() && path != &screen.labels_file)
          *path = std::filesystem::absolute(*path).lexically_normal().string();
  }
};

/// Defaults of --objective calibrated (docs/calibrated.md) that differ from the published ones.
inline RunOptions calibrated_options() {
  RunOptions options;
  options.model.intervention_encoder = "table";
  options.model.mechanism = "relu";
  options.model.decoder_output = "linear";
  options.model.likelihood = "gaussian";
  options.model.linear_skip = true;
  options.model.abduction = true;
  options.model.value_range = "data";
  options.batches.pairing = "resample";
  options.batches.fill_short = true;
  options.train.objective = "calibrated";
  options.train.alpha_max = 8;
  options.train.beta_max = 1;
  options.train.lambda = 1e-3;
  options.train.tau_max = 4;
  options.train.schedule = "constant";
  options.train.mmd_bandwidth = "data";
  options.train.mmd_estimate = "unbiased";
  options.train.start = "moments";
  options.train.evaluation_tau = "final";
  options.train.learning_rate = 1e-4;
  options.train.learning_rate_decay = "cosine";
  return options;
}

/// Sets options by `apply`. If that asks for the calibrated objective, it is called again over the calibrated defaults,
/// so that its own settings win.
template <class Apply>
void apply_over_defaults(RunOptions& options, Apply&& apply) {
  apply();
  if (options.train.objective != "calibrated") return;
  options = calibrated_options();
  apply();
}

/// Sections of a run's options.toml that are not options.
inline const std::vector<std::string> kRecordSections{"derived", "start", "inputs", "environment"};

/// The files of a run (docs/formats.md).
struct RunFolder {
  std::filesystem::path path;
  std::filesystem::path options() const { return path / "options.toml"; }
  std::filesystem::path split() const { return path / "split.tsv"; }
  std::filesystem::path model() const { return path / "model.safetensors"; }
  std::filesystem::path best_model() const { return path / "model_best.safetensors"; }
  std::filesystem::path latents() const { return path / "latents.json"; }
  std::filesystem::path checkpoint() const { return path / "checkpoint.safetensors"; }
  std::filesystem::path history() const { return path / "history.jsonl"; }
  std::filesystem::path predictions() const { return path / "predictions.h5ad"; }
  std::filesystem::path metrics() const { return path / "metrics.json"; }
  std::filesystem::path metrics_tsv() const { return path / "metrics.tsv"; }
  std::filesystem::path explanation() const { return path / "explain"; }
  std::filesystem::path report() const { return path / "report.html"; }
};

/// Reads the options of a finished or interrupted run. @throws IoError if the folder is not a run.
inline RunOptions load_run_options(const RunFolder& folder) {
  require_readable_file(folder.options(), "options.toml of a run folder");
  RunOptions options;
  OptionTable table;
  options.bind(table);
  table.load_toml(folder.options(), kRecordSections);
  return options;
}

}  // namespace gracevae::impl
