#pragma once
/// @file report.html from a run's files; never from a model.
#include <filesystem>
#include <string>

namespace gracevae {

/// Reads options.toml, history.jsonl and, where there is one, metrics.json of a run folder and writes one
/// self-contained HTML file: settings, training curves (inline SVG), the table of metrics with baselines, warnings in
/// plain words. Opens from disk, no network, light and dark, print. IoError/InputError when a file is missing or
/// malformed.
void write_report(const std::filesystem::path& run_folder, const std::filesystem::path& output);

}  // namespace gracevae
