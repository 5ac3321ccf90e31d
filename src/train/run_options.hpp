#pragma once
/// @file All options of a run, and the places of its files. Plain C++.
#include <filesystem>

#include "base/files.hpp"
#include "model/model_options.hpp"
#include "network/context_graph.hpp"
#include "screen/batches.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"
#include "train/train_options.hpp"

namespace gracevae {

/// What `gracevae train` is told and options.toml keeps.
struct RunOptions {
  ScreenOptions screen;
  NetworkOptions network;
  SplitOptions split;
  ModelOptions model;
  BatchOptions batches;
  TrainOptions train;

  void bind(OptionTable& table) {
    screen.bind(table);
    network.bind(table);
    split.bind(table);
    model.bind(table);
    train.bind(table);
    batches.bind(table);
  }
};

/// Sections of a run's options.toml that are not options.
inline const std::vector<std::string> kRecordSections{"derived", "inputs", "environment"};

/// The files of a run (docs/formats.md).
struct RunFolder {
  std::filesystem::path path;
  std::filesystem::path options() const { return path / "options.toml"; }
  std::filesystem::path split() const { return path / "split.tsv"; }
  std::filesystem::path model() const { return path / "model.safetensors"; }
  std::filesystem::path best_model() const { return path / "model_best.safetensors"; }
  std::filesystem::path checkpoint() const { return path / "checkpoint.safetensors"; }
  std::filesystem::path history() const { return path / "history.jsonl"; }
  std::filesystem::path predictions() const { return path / "predictions.h5ad"; }
  std::filesystem::path metrics() const { return path / "metrics.json"; }
  std::filesystem::path metrics_tsv() const { return path / "metrics.tsv"; }
  std::filesystem::path report() const { return path / "report.html"; }
};

/// Reads a finished or interrupted run's own options; IoError when the folder is no run.
inline RunOptions load_run_options(const RunFolder& folder) {
  require_readable_file(folder.options(), "options.toml of a run folder");
  RunOptions options;
  OptionTable table;
  options.bind(table);
  table.load_toml(folder.options(), kRecordSections);
  return options;
}

}  // namespace gracevae
