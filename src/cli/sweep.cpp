#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "base/runtime.hpp"
#include "base/shell.hpp"
#include "cli/commands.hpp"
#include "cli/flags.hpp"
#include "experiment/slurm.hpp"
#include "experiment/sweep_run.hpp"

namespace gracevae::impl::cli {

namespace {

namespace fs = std::filesystem;

struct RunSweep {
  SweepRunOptions run_options;  // what flags can set; the file's own and the variants' are read_sweep's
  SweepOptions sweep_options;
  OptionTable table;
  std::unique_ptr<Flags> flags;
  std::string file, screen, output, task = "1/1";
  std::vector<std::string> slurm_options;
  std::int64_t jobs = 0;
  bool dry_run = false, slurm = false;

  void run() {
    const TaskPart part = TaskPart::parse(task);
    if (jobs < 0) throw ConfigError(fmt::format("--jobs is {}, expected 1 or more", jobs), "0: as many as processors");
    const Sweep sweep = read_sweep(file, overrides());
    set_threads(static_cast<int>(threads_of(sweep.runs.front())));
    const SweepPlan plan = plan_sweep(sweep, output, measure_speed());
    if (dry_run) {
      std::fputs(plan_text(plan, part, at_once(plan)).c_str(), stdout);
      return;
    }
    write_manifest(plan);
    if (slurm)
      submit(plan);
    else
      report(run_sweep(plan, part, at_once(plan)));
  }

  /// Runs at a time: what was asked for, else one for each `threads` processors.
  std::int64_t at_once(const SweepPlan& plan) const {
    return jobs > 0 ? jobs : std::max<std::int64_t>(1, available_threads() / threads_of(plan.jobs.front().run));
  }
  static std::int64_t threads_of(const SweepRun& run) {
    return std::max<std::int64_t>(1, run.options.run.train.threads);
  }

  std::vector<Override> overrides() {
    flags->apply();
    std::vector<Override> result;
    if (!screen.empty()) result.push_back({"screen.file", screen});
    for (const Option& option : table.options())
      if (flags->given(option.key())) result.push_back({option.key(), option.value()});
    return result;
  }

  void submit(const SweepPlan& plan) const {
    const fs::path folder = fs::absolute(output), script = folder / "slurm.sh";
    SlurmArray array{.name = "gracevae-" + fs::path(file).stem().string(),
                     .words = {fs::read_symlink("/proc/self/exe").string(), "sweep", fs::absolute(file).string(), "-o",
                               folder.string()},
                     .working_folder = fs::current_path(),
                     .logs = folder / "slurm",
                     .n_runs = plan.jobs.size(),
                     .at_once = jobs,
                     .threads = threads_of(plan.jobs.front().run),
                     .options = slurm_options};
    if (!screen.empty()) array.words.insert(array.words.end(), {"--screen", screen});
    for (const std::string& word : flags->words()) array.words.push_back(word);
    for (const TrainingEstimate& estimate : plan.estimates)
      array.memory_bytes = std::max(array.memory_bytes, estimate.memory_bytes);
    require_writable_folder(array.logs);
    write_text(script, slurm_script(array));
    log::info("wrote {}: {} runs, a task each", script.string(), plan.jobs.size());
    submit_to_slurm(script);
  }

  void report(const SweepOutcome& outcome) const {
    log::info("{} finished ({} before), {} failed, in {}", outcome.n_finished, outcome.n_found, outcome.failed.size(),
              duration_text(outcome.seconds));
    if (outcome.failed.empty()) {
      log::info("read it with: gracevae table 1 --runs {}", shell_word(output));
      return;
    }
    std::string text;
    for (const std::string& failure : outcome.failed) text += "\n  " + failure.substr(0, failure.find('\n'));
    throw InputError(fmt::format("{} of {} runs failed:{}", outcome.failed.size(),
                                 outcome.n_finished + std::ssize(outcome.failed), text),
                     "log.txt in the folder of each says more; the same command tries them again and no other");
  }
};

}  // namespace

void add_sweep(CLI::App& program) {
  auto* command = program.add_subcommand("sweep", "Train and score many variants on the same splits, in parallel");
  auto state = std::make_shared<RunSweep>();
  state->run_options.bind(state->table);
  state->sweep_options.bind(state->table);
  command->add_option("file", state->file, "TOML file of the sweep (docs/guide.md)")->required()->type_name("FILE");
  command->add_option("-o,--output", state->output, "Folder of the sweep; finished runs in it are not made again")
      ->required()
      ->type_name("OUT");
  command->add_option("--screen", state->screen, "The screen, where the file names none")->type_name("SCREEN");
  command->add_option("--jobs", state->jobs, "Runs at a time, each with --threads threads (1); 0 = all processors")
      ->type_name("N");
  command->add_option("--task", state->task, "Part i of n of the runs, by turns: for any scheduler [default: 1/1]")
      ->type_name("i/n");
  command->add_flag("--dry-run", state->dry_run, "List the runs with state, estimated time and memory; start nothing");
  command->add_flag("--slurm", state->slurm, "Write OUT/slurm.sh, an array of a task a run, and submit it with sbatch");
  command->add_option("--slurm-option", state->slurm_options, "One more of sbatch's: --slurm-option=--time=2:00:00")
      ->type_name("TEXT");
  state->flags = std::make_unique<Flags>(*command, state->table, std::vector<std::string>{"screen.file", "train.seed"});
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::impl::cli
