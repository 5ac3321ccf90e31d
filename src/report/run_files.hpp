#pragma once
/// @file The files of a run that a report is made from.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/svg_chart.hpp"

namespace gracevae::impl {

struct RunFiles {
  std::filesystem::path folder;
  std::string name;                     ///< of the folder; set apart from other runs' by name_runs()
  nlohmann::json options;               ///< options.toml: {section: {name: value}}
  std::vector<nlohmann::json> history;  ///< one object an epoch, at least one
  std::optional<nlohmann::ordered_json> metrics;
  std::optional<std::vector<std::string>> latent_warnings;  ///< of latents.json; absent for runs that have none
  std::optional<nlohmann::ordered_json> explanation;        ///< explain/explain.json
  std::optional<nlohmann::ordered_json> quality;            ///< quality.json
  std::vector<std::string> outdated;                        ///< names of results that are older than the model
  nlohmann::json predictions;  ///< of predictions.h5ad (prediction_panels.hpp), null without that file
};

/// @throws IoError for a missing file, ConfigError for malformed TOML, InputError (with line) for malformed history or
/// metrics.
RunFiles load_run_files(const std::filesystem::path& folder);

/// Gives every run the shortest end of its path that no other run has: "seed1", else "calibrated/seed1".
void name_runs(std::vector<RunFiles>& runs);

/// A value of options.toml as text; `fallback` when it is not there.
std::string option_text(const RunFiles& run, const std::string& section, const std::string& name,
                        const std::string& fallback = "not recorded");

/// A number of a JSON object, NaN when it is absent, null or something else.
double number_at(const nlohmann::json& object, const std::string& key);
double number_at(const nlohmann::ordered_json& object, const std::string& key);

/// A number of every epoch over the epochs, NaN where it is null. With `sparse`, epochs without it are passed over
/// (scores of every few epochs).
ChartSeries history_series(const RunFiles& run, const std::string& key, const std::string& name, bool sparse = false);
/// The same for a number of the epochs' "diagnostics", always sparse.
ChartSeries diagnostics_series(const RunFiles& run, const std::string& key, const std::string& name);

}  // namespace gracevae::impl
