#include "report/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/options.hpp"
#include "report/prediction_panels.hpp"
#include "run/history.hpp"
#include "run/json_file.hpp"
#include "run/learned_graph.hpp"
#include "run/run_folder.hpp"
#include "screen/quality.hpp"
#include "screen/shift_model.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kGenesShown = 130;  // of a condition: 236 conditions then fit into a page under 5 MB

nlohmann::ordered_json read_metrics(const std::filesystem::path& path) {
  nlohmann::ordered_json metrics = read_result(path, kMetricsFormat, "gracevae evaluate RUN");
  for (const char* key : {"n_top_genes", "conditions", "summary", "not_averaged", "missing", "no_de_genes", "warnings"})
    if (!metrics.contains(key))
      throw InputError({.place = path.string(), .found = fmt::format("no '{}'", key)},
                       "make it again: `gracevae evaluate RUN`");
  return metrics;
}

/// The last `n` parts of a path.
std::string path_end(const std::filesystem::path& path, std::size_t n) {
  const std::vector<std::filesystem::path> parts(path.begin(), path.end());
  std::filesystem::path end;
  for (std::size_t i = parts.size() - std::min(n, parts.size()); i < parts.size(); ++i) end /= parts[i];
  return end.string();
}

/// Without "." and a slash at its end.
std::filesystem::path plain_path(const std::filesystem::path& folder) {
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

void name_runs(std::vector<RunFiles>& runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::filesystem::path path = plain_path(runs[i].folder);
    const auto n_parts = static_cast<std::size_t>(std::distance(path.begin(), path.end()));
    const auto is_taken = [&](std::size_t n) {
      return std::any_of(runs.begin(), runs.end(), [&](const RunFiles& other) {
        const std::filesystem::path others = plain_path(other.folder);
        return others != path && path_end(others, n) == path_end(path, n);
      });
    };
    std::size_t n = 1;
    while (n < n_parts && is_taken(n)) ++n;
    runs[i].name = path_end(path, n);
  }
}

RunFiles load_run_files(const std::filesystem::path& folder) {
  RunFiles run;
  run.folder = folder;
  run.name = plain_path(folder).filename().string();
  const RunFolder files{folder};
  require_readable_file(files.options(), "options of a run folder");
  run.options = read_toml(files.options());
  run.history = read_history(files.history());
  if (run.history.empty() && !is_shift_model(option_text(run, "model", "model", "")))
    throw InputError({.place = files.history().string(), .found = "no epoch", .expected = "one line for each"},
                     "train the run for an epoch first: `gracevae train`");
  if (std::filesystem::exists(files.metrics())) run.metrics = read_metrics(files.metrics());
  if (std::filesystem::exists(files.latents())) run.latent_warnings = read_latent_warnings(files.latents());
  if (const auto file = ExplanationFolder{files.explanation()}.record(); std::filesystem::exists(file))
    run.explanation = read_result(file, kExplainFormat, "gracevae explain RUN");
  if (std::filesystem::exists(files.quality()))
    run.quality = read_result(files.quality(), kQualityFormat, "gracevae evaluate RUN");
  for (const auto& file : outdated_results(files)) run.outdated.push_back(file.filename().string());
  run.predictions = prediction_panels(folder, {.n_genes = kGenesShown});
  return run;
}

std::string option_text(const RunFiles& run, const std::string& section, const std::string& name,
                        const std::string& fallback) {
  const auto table = run.options.find(section);
  if (table == run.options.end() || !table->is_object() || !table->contains(name)) return fallback;
  const auto& value = table->at(name);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

namespace {
template <class Json>
double number_in(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->template get<double>()
                                                     : std::numeric_limits<double>::quiet_NaN();
}
}  // namespace

double number_at(const nlohmann::json& object, const std::string& key) { return number_in(object, key); }
double number_at(const nlohmann::ordered_json& object, const std::string& key) { return number_in(object, key); }

ChartSeries history_series(const RunFiles& run, const std::string& key, const std::string& name, bool sparse) {
  ChartSeries series{name, {}, {}};
  for (const auto& epoch : run.history) {
    const double value = number_at(epoch, key);
    if (sparse && !std::isfinite(value)) continue;
    series.x.push_back(number_at(epoch, "epoch"));
    series.y.push_back(value);
  }
  return series;
}

ChartSeries diagnostics_series(const RunFiles& run, const std::string& key, const std::string& name) {
  ChartSeries series{name, {}, {}};
  for (const auto& epoch : run.history) {
    const auto diagnostics = epoch.find("diagnostics");
    if (diagnostics == epoch.end() || !diagnostics->is_object()) continue;
    series.x.push_back(number_at(epoch, "epoch"));
    series.y.push_back(number_at(*diagnostics, key));
  }
  return series;
}

}  // namespace gracevae::impl
