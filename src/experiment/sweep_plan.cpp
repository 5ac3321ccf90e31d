#include "experiment/sweep_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "base/runtime.hpp"
#include "experiment/clear_shifts.hpp"
#include "io/label_table.hpp"
#include "io/table.hpp"
#include "run/json_file.hpp"
#include "run/model_parts.hpp"
#include "screen/batches.hpp"
#include "screen/packed_screen.hpp"
#include "screen/split_set.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::size_t kLongestTitle = 80, kKeyShown = 10;

/// Hashes of input files, each read once.
class InputHashes {
 public:
  /// Of several files between commas: their hashes one after the other.
  std::string of(const fs::path& path) {
    if (path.empty()) return "";
    auto& hash = hashes_[path.string()];
    if (hash.empty())
      for (const fs::path& file : label_files(path.string())) hash += file_hash(file);
    return hash;
  }

 private:
  std::map<std::string, std::string> hashes_;
};

/// Options that results hang on, without `paths`: {"train.epochs": 5}.
Json identity_of(const OptionTable& table, const std::vector<std::string*>& paths) {
  Json identity = Json::object();
  for (const Option& option : table.options()) {
    auto* const* text = std::get_if<std::string*>(&option.target);
    const bool is_path = text && std::find(paths.begin(), paths.end(), *text) != paths.end();
    if (!option.result_free && !is_path) identity[option.key()] = option.value();
  }
  return identity;
}

std::string key_of(SweepRunOptions options, InputHashes& inputs, const std::string& build) {
  RunOptions& run = options.run;
  std::vector<std::string*> paths = run.network_paths();
  const NetworkFiles network = run.network.empty() ? NetworkFiles{} : find_network_files(run.network);
  Json hashes = {inputs.of(network.relations), inputs.of(network.edges), inputs.of(network.edge_info)};
  for (const fs::path& gmt : network.gmt) hashes.push_back(inputs.of(gmt));
  for (std::string* file : run.files()) {
    hashes.push_back(inputs.of(*file));
    paths.push_back(file);
  }
  OptionTable table;
  options.bind(table);
  Json identity = identity_of(table, paths);
  identity["inputs"] = std::move(hashes);
  identity["build"] = build;
  return text_hash(identity.dump());
}

/// Of what the splits of a sweep are made from: another screen or kind has its own folder.
std::string split_key(ScreenOptions screen, SplitOptions split, InputHashes& inputs) {
  OptionTable table;
  screen.bind(table);
  split.bind(table);
  std::vector<std::string*> paths = screen.files();
  paths.push_back(&split.file);
  Json identity = identity_of(table, paths);
  for (const std::string* file : screen.files()) identity["inputs"].push_back(inputs.of(*file));
  return text_hash(identity.dump());
}

/// What a run's size depends on besides its options. A graph that cannot be built is the run's own error, not the
/// estimate's.
class Sizes {
 public:
  Sizes(const Screen& screen, std::vector<Split> splits) : screen_(screen), splits_(std::move(splits)) {}

  TrainingSize of(RunOptions options, std::size_t seed_index) {
    TrainingSize size;
    size.model = options.model;
    size.engine = engine_of(options);
    size.n_genes = screen_.n_genes();
    size.n_cells = screen_.n_cells();
    size.n_stored = screen_.n_stored();
    size.batch_size = options.batches.batch_size;
    size.validate_every = options.train.validate_every;
    size.scores_every_epoch = options.train.early_stopping;
    size.n_control = std::ssize(screen_.regimes.front().cells);
    const Split& split = splits_[seed_index];
    for (const Regime& regime : screen_.regimes) {
      if (regime.targets.empty()) continue;
      if (const std::int64_t n = count_cells(split, regime, Fold::test); n > 0) size.test_cells.push_back(n);
      size.n_validation += count_cells(split, regime, Fold::validation);
    }
    size.steps_an_epoch = count_batches(screen_, split, options.batches);
    size.epochs = options.train.epochs > 0 ? options.train.epochs : default_epochs(options.train, size.steps_an_epoch);
    size.n_labels = std::ssize(trained_targets(screen_, split));
    if (fits_graph(options)) size.n_fitted = std::min(size.n_labels, n_fitted(options.split));
    size.n_latents = options.model.n_latents > 0 ? options.model.n_latents : size.n_labels;
    if (!needs_network(options.model) || options.network.empty()) return size;
    const std::string key = network_key(options.network);
    size.graph =
        once(graphs_, key, [&] { return size_of(build_context_graph(screen_.genes, options.network, &screen_)); });
    const NetworkUse use = network_use(kInterventionEncoderNames, options.model.intervention_encoder);
    if (use == NetworkUse::target_graph || use == NetworkUse::near_targets)
      size.targets = once(target_graphs_, key + options.model.intervention_encoder, [&] {
        const auto targets = targets_of(screen_);
        const bool near = use == NetworkUse::near_targets;
        return size_of(build_target_graph(screen_.genes, {targets, targets}, options.network, near, &screen_));
      });
    return size;
  }

 private:
  /// Counted once, whatever the seed's split.
  std::int64_t n_fitted(const SplitOptions& split) {
    if (n_fitted_ < 0) n_fitted_ = n_clear_shifts(screen_, 1 - split.test_fraction - split.validation_fraction);
    return n_fitted_;
  }
  static std::string network_key(NetworkOptions& network) {
    OptionTable table;
    network.bind(table);
    return table.to_json().dump();
  }
  template <class Size, class Build>
  static Size once(std::map<std::string, Size>& made, const std::string& key, const Build& build) {
    if (const auto found = made.find(key); found != made.end()) return found->second;
    Size size;
    try {
      size = build();
    } catch (const Error&) {  // the run itself says what is wrong
    }
    return made.emplace(key, size).first->second;
  }

  std::int64_t n_fitted_ = -1;
  const Screen& screen_;
  std::vector<Split> splits_;
  std::map<std::string, GraphSize> graphs_;
  std::map<std::string, TargetGraphSize> target_graphs_;
};

/// The split file of every seed, made where the user gives none.
std::vector<fs::path> split_files(const Sweep& sweep, const Screen& screen, const fs::path& folder,
                                  InputHashes& inputs) {
  const RunOptions& shared = sweep.runs.front().options.run;
  if (!shared.split.file.empty()) return std::vector<fs::path>(sweep.seeds.size(), shared.split.file);
  const fs::path place =
      fs::absolute(folder) / job_name(shared.split.kind, split_key(shared.screen, shared.split, inputs));
  write_split_set(screen, shared.split, {place, sweep.seeds});
  std::vector<fs::path> files;
  for (const std::uint64_t seed : sweep.seeds) files.push_back(place / fmt::format("split_seed{}.tsv", seed));
  return files;
}

std::string state_text(const JobStatus& status) {
  switch (status.state) {
    case JobState::finished: return "finished";
    case JobState::failed: return "failed: " + status.reason.substr(0, status.reason.find('\n'));
    case JobState::stopped: return "stopped";
    case JobState::fresh: break;
  }
  return "to do";
}

std::string memory_text(double bytes) { return fmt::format("{:.2g} GB", bytes / 1e9); }

}  // namespace

std::string job_name(const std::string& title, const std::string& key) {
  std::string name;
  for (const char letter : title) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
                       std::string_view("._+=-").find(letter) != std::string_view::npos;
    if (plain || !name.ends_with('_')) name += plain ? letter : '_';
  }
  return name.substr(0, kLongestTitle) + "-" + key.substr(0, kKeyShown);
}

SweepPlan plan_sweep(const Sweep& sweep, const fs::path& folder, const MachineSpeed& speed) {
  const RunOptions& shared = sweep.runs.front().options.run;
  shared.split.validate();
  ScreenOptions options = with_names_of(shared.network, shared.screen);
  const SweepFolder place{fs::absolute(folder)};
  if (options.packed.empty()) options.packed = place.packed().lexically_normal().string();
  const Screen screen = load_screen(options, shared.split.kept_columns(),
                                    shared.batches.backed ? MissingPack::make : MissingPack::read_screen);
  InputHashes inputs;
  const auto files = split_files(sweep, screen, place.splits(), inputs);
  std::vector<Split> splits;
  for (const auto& file : files) splits.push_back(read_split(file, screen));
  Sizes sizes(screen, std::move(splits));
  const std::string build = build_id();
  SweepPlan plan{folder,
                 sweep.options,
                 shared.split.file.empty() ? shared.split.kind : fs::path(shared.split.file).filename().string(),
                 {},
                 {}};
  for (SweepJob job{.run = {}, .key = {}, .folder = {}}; const SweepRun& run : sweep.runs) {
    job.run = run;
    const auto seed =
        static_cast<std::size_t>(std::find(sweep.seeds.begin(), sweep.seeds.end(), run.seed) - sweep.seeds.begin());
    job.run.options.run.split.file = files[seed].string();
    job.run.options.run.screen.packed = options.packed;
    job.key = key_of(job.run.options, inputs, build);
    job.folder = place.runs() / job_name(run.title(), job.key);
    plan.estimates.push_back(estimate_training(sizes.of(run.options.run, seed), speed));
    plan.jobs.push_back(job);
  }
  return plan;
}

void write_manifest(const SweepPlan& plan) {
  const RunOptions& shared = plan.jobs.front().run.options.run;
  Json runs = Json::array();
  for (const SweepJob& job : plan.jobs)
    runs.push_back({{"variant", job.run.variant},
                    {"setting", job.run.setting},
                    {"seed", job.run.seed},
                    {"folder", (SweepFolder{}.runs() / job.folder.filename()).string()},
                    {"key", job.key}});
  const Json manifest = {{"format", "gracevae-sweep/1"},
                         {"screen", fs::path(shared.screen.file).filename().string()},
                         {"split", plan.split},
                         {"dataset", plan.options.dataset},
                         {"reference", plan.options.reference},
                         {"runs", std::move(runs)}};
  require_writable_folder(plan.folder);
  write_text(SweepFolder{plan.folder}.manifest(), manifest.dump(1) + "\n");
}

JobStatus status_of(const SweepJob& job) {
  const RunFolder files{job.folder};
  const auto record = [&](const fs::path& file) {
    const auto content = fs::exists(file) ? parsed_json<nlohmann::json>(read_text(file)) : nlohmann::json();
    const auto key = content.is_object() ? content.find("key") : content.end();
    return key != content.end() && *key == job.key ? content : nlohmann::json();
  };
  if (!record(files.finished()).is_null() && fs::exists(files.metrics())) return {JobState::finished, ""};
  if (const auto failed = record(files.failed()); !failed.is_null()) {
    const auto reason = failed.value("reason", nlohmann::json());
    return {JobState::failed, reason.is_string() ? reason.get<std::string>() : "no reason was recorded"};
  }
  return {fs::exists(files.options()) ? JobState::stopped : JobState::fresh, ""};
}

TaskPart TaskPart::parse(const std::string& text) {
  TaskPart part;
  const std::size_t slash = text.find('/');
  const auto read = [&](std::size_t from, std::size_t to, std::size_t& value) {
    const char* const end = text.data() + to;
    const auto [stop, error] = std::from_chars(text.data() + from, end, value);
    return error == std::errc{} && stop == end;
  };
  if (slash == text.npos || !read(0, slash, part.index) || !read(slash + 1, text.size(), part.count) ||
      part.index < 1 || part.index > part.count)
    throw ConfigError({.found = fmt::format("sweep.task is '{}'", text), .expected = "i/n with i from 1 to n"},
                      "for example sweep.task 3/20: the third of twenty parts");
  --part.index;
  return part;
}

std::string plan_text(const SweepPlan& plan, const TaskPart& part, std::int64_t n_jobs) {
  Table table{{"run", "state", "time", "memory"}, {}};
  double seconds = 0, largest = 0;
  std::int64_t n_left = 0;
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    if (!part.holds(i)) continue;
    const JobStatus status = status_of(plan.jobs[i]);
    const TrainingEstimate& cost = plan.estimates[i];
    table.rows.push_back({plan.jobs[i].run.title(), state_text(status), duration_text(cost.total_seconds()),
                          memory_text(static_cast<double>(cost.memory_bytes))});
    if (status.state == JobState::finished) continue;
    ++n_left;
    seconds += cost.total_seconds();
    largest = std::max(largest, static_cast<double>(cost.memory_bytes));
  }
  const std::int64_t at_once = std::clamp<std::int64_t>(n_jobs, 1, std::max<std::int64_t>(n_left, 1));
  return to_text(table) +
         fmt::format(
             "\n{} of {} runs are left: about {} with {} at once (longer where other work shares the processors), {} of memory "
             "together\n",
             n_left, table.rows.size(), duration_text(seconds / static_cast<double>(at_once)), at_once,
             memory_text(largest * static_cast<double>(at_once)));
}

}  // namespace gracevae::impl
