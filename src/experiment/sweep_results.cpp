#include "experiment/sweep_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/shell.hpp"
#include "evaluate/evaluate.hpp"
#include "experiment/sweep_plan.hpp"
#include "run/history.hpp"
#include "run/json_file.hpp"
#include "run/run_folder.hpp"
#include "run/run_options.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

Json read_json(const fs::path& file, std::string_view what) {
  require_readable_file(file, what);
  auto content = parsed_json<Json>(read_text(file));
  if (content.is_discarded())
    throw InputError({.place = file.string(), .found = "is no JSON"}, "was it cut off or edited?");
  return content;
}

/// A row of "conditions" in metrics.json.
struct ScoredCondition {
  std::string condition, kind, gene_set, method;
  bool averaged = false;
  std::map<std::string, double> values;  ///< by metric
};

std::vector<ScoredCondition> read_scores(const RunFolder& run) {
  const Json metrics = read_json(run.metrics(), "scores of a run");
  const std::string again = fmt::format("score the run again: gracevae evaluate {}", shell_word(run.path.string()));
  try {
    if (metrics.at("format") != kMetricsFormat)
      throw InputError({.place = run.metrics().string(),
                        .found = fmt::format("is of format {}", metrics.at("format").dump()),
                        .expected = fmt::format("{}: its scores were defined otherwise", kMetricsFormat)},
                       again);
    std::vector<ScoredCondition> rows;
    for (const Json& row : metrics.at("conditions")) {
      rows.push_back(
          {row.at("condition"), row.at("kind"), row.at("gene_set"), row.at("method"), row.at("averaged"), {}});
      for (const auto& [metric, value] : row.at("metrics").items())
        if (value.is_number()) rows.back().values[metric] = value;
    }
    return rows;
  } catch (const Json::exception& error) {
    throw InputError({.place = run.metrics().string(), .found = error.what()}, again);
  }
}

/// A run of sweep.json with its scores, where it is finished.
struct RunResult {
  std::string setting;
  std::uint64_t seed = 0;
  JobStatus status;
  std::vector<ScoredCondition> scores;
  double validation = 0;
  bool has_validation = false;
};

class Reader {
 public:
  explicit Reader(const fs::path& folder) : folder_(folder) {
    const Json manifest = read_json(SweepFolder{folder}.manifest(), "sweep.json of a sweep's folder");
    try {
      results_.screen = manifest.at("screen");
      results_.split = manifest.at("split");
      results_.dataset = manifest.at("dataset");
      results_.reference = manifest.at("reference");
      for (const Json& entry : manifest.at("runs")) read_run(entry);
    } catch (const nlohmann::json::exception& error) {
      throw InputError({.place = folder.string(),
                        .found = fmt::format("is not as gracevae writes it: {}", error.what())},
                       "run the sweep again");
    }
  }

  SweepResults results() {
    results_.seeds.assign(seeds_.begin(), seeds_.end());
    std::map<std::uint64_t, const RunResult*> beside;  // baselines and ceiling are the same in every run of a seed
    for (const auto& [variant, runs] : variants_) {
      ResultRow row{variant, true, {}, 0, seeds_.size(), {}};
      const std::string chosen = choose(variant, runs);
      for (const RunResult& run : runs) {
        if (run.setting != chosen) continue;
        if (run.status.state != JobState::finished) {
          row.problems[problem_of(run)].push_back(run.seed);
          continue;
        }
        add_scores(run, "model", row);
        beside.try_emplace(run.seed, &run);
        ++row.n_seeds;
      }
      results_.rows.push_back(std::move(row));
    }
    if (beside.empty())
      throw InputError({.place = folder_.string(), .found = "no run of this sweep is finished"},
                       "go on with gracevae sweep, whose --dry-run says what failed and why");
    add_rows_beside(beside);
    return std::move(results_);
  }

 private:
  void read_run(const Json& entry) {
    const std::string variant = entry.at("variant");
    SweepJob job;
    job.key = entry.at("key");
    job.folder = folder_ / entry.at("folder").get<std::string>();
    RunResult run{entry.at("setting"), entry.at("seed"), status_of(job), {}, 0, false};
    if (run.status.state == JobState::finished) {
      const RunFolder files{job.folder};
      run.scores = read_scores(files);
      results_.seconds += read_json(files.finished(), "record").value("seconds", 0.0);
      if (fs::exists(files.history())) {
        const bool ends_with_best = fs::exists(files.options()) && load_run_options(files).train.early_stopping;
        const auto score = validation_score_of(read_history(files.history()), ends_with_best);
        run.validation = score.value_or(0);
        run.has_validation = score.has_value();
      }
    }
    seeds_.insert(run.seed);
    auto found = std::find_if(variants_.begin(), variants_.end(), [&](const auto& v) { return v.first == variant; });
    if (found == variants_.end()) found = variants_.insert(variants_.end(), {variant, {}});
    found->second.push_back(std::move(run));
  }

  /// The setting that stands for a variant; the first where there is nothing to choose by, which is said.
  std::string choose(const std::string& variant, const std::vector<RunResult>& runs) {
    std::vector<std::string> settings;
    std::vector<std::vector<double>> scores;
    for (const RunResult& run : runs) {
      if (settings.empty() || settings.back() != run.setting) {
        settings.push_back(run.setting);
        scores.emplace_back();
      }
      if (run.has_validation) scores.back().push_back(run.validation);
    }
    if (settings.size() < 2) return settings.front();
    const auto best = choose_setting(scores, seeds_.size());
    if (!best) {
      results_.choices.push_back(fmt::format("{}: no setting has a validation score for every seed; {} stands here",
                                             variant, settings.front()));
      return settings.front();
    }
    const auto n_whole =
        std::count_if(scores.begin(), scores.end(), [&](const auto& values) { return values.size() == seeds_.size(); });
    results_.choices.push_back(fmt::format(
        "{}: {} (mean validation score {:.4f}), chosen on validation cells among {} settings{}", variant,
        settings[*best], mean_of(scores[*best]), n_whole,
        n_whole == std::ssize(settings) ? "" : fmt::format(" ({} are not finished)", std::ssize(settings) - n_whole)));
    return settings[*best];
  }

  static std::string problem_of(const RunResult& run) {
    const std::string& reason = run.status.reason;
    return run.status.state == JobState::failed ? reason.substr(0, reason.find('\n')) : "not finished";
  }

  static void add_scores(const RunResult& run, const std::string& method, ResultRow& row) {
    for (const ScoredCondition& scored : run.scores) {
      if (scored.method != method || !scored.averaged) continue;
      for (const auto& [metric, value] : scored.values)
        row.scores[{scored.kind, scored.gene_set, metric}][run.seed][scored.condition] = value;
    }
  }

  void add_rows_beside(const std::map<std::uint64_t, const RunResult*>& beside) {
    std::vector<std::string> methods;
    for (const auto& [seed, run] : beside)
      for (const ScoredCondition& row : run->scores)
        if (row.method != "model" && std::find(methods.begin(), methods.end(), row.method) == methods.end())
          methods.push_back(row.method);
    const std::vector<std::string> order = score_methods();
    const auto place = [&](const std::string& method) { return std::find(order.begin(), order.end(), method); };
    std::stable_sort(methods.begin(), methods.end(),
                     [&](const std::string& a, const std::string& b) { return place(a) < place(b); });
    for (const std::string& method : methods) {
      if (std::any_of(results_.rows.begin(), results_.rows.end(), [&](const auto& row) { return row.name == method; }))
        continue;  // the sweep has it as a variant
      ResultRow row{method, false, {}, beside.size(), seeds_.size(), {}};
      for (const auto& [seed, run] : beside) add_scores(*run, method, row);
      results_.rows.push_back(std::move(row));
    }
  }

  fs::path folder_;
  SweepResults results_;
  std::set<std::uint64_t> seeds_;
  std::vector<std::pair<std::string, std::vector<RunResult>>> variants_;
};

}  // namespace

std::vector<double> ResultRow::by_seed(const ScoreId& id) const {
  std::vector<double> means;
  const auto found = scores.find(id);
  if (found == scores.end()) return means;
  for (const auto& [seed, conditions] : found->second) {
    std::vector<double> values;
    for (const auto& entry : conditions) values.push_back(entry.second);
    means.push_back(mean_of(values));
  }
  return means;
}

std::optional<std::size_t> choose_setting(const std::vector<std::vector<double>>& scores, std::size_t n_seeds) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (scores[i].size() == n_seeds && (!best || mean_of(scores[i]) < mean_of(scores[*best]))) best = i;
  return best;
}

SweepResults read_sweep_results(const fs::path& folder) { return Reader(folder).results(); }

}  // namespace gracevae::impl
