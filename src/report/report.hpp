#pragma once
/// @file report.html from the files of runs; never from a model.
#include <filesystem>
#include <string>
#include <vector>

#include "base/options.hpp"

namespace gracevae::impl {

/// Section [report].
struct ReportOptions {
  std::string dataset = "auto";
  bool plain = false;

  void bind(OptionTable& table);
};

/// Reads options.toml, history.jsonl and, where they are there, metrics.json, latents.json, quality.json,
/// explain/explain.json and predictions.h5ad of every run folder and writes one self-contained HTML file that opens
/// from disk without a network, in light, dark and print: settings, training curves, scores beside baselines, ceiling
/// and published values, predicted against observed means, the map of cells, programs, the latent graph, warnings in
/// plain words. Several runs are compared. Tables and drawings are static; a script (web/, where the program was built
/// with npm) makes them interactive. IoError/InputError when a file is missing or malformed, ConfigError for no run or
/// a bad option.
void write_report(const std::vector<std::filesystem::path>& run_folders, const std::filesystem::path& output,
                  const ReportOptions& options = {});

}  // namespace gracevae::impl
