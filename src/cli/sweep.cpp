#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <gracevae/errors.hpp>
#include <gracevae/sweep.hpp>
#include <gracevae/text.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/spelling.hpp"

namespace gracevae::cli {

namespace {

namespace fs = std::filesystem;

/// Runs sbatch, which prints the job's number. IoError when there is none or it fails.
void submit_to_slurm(const fs::path& script) {
  std::string program = "sbatch", file = script.string();
  char* const words[] = {program.data(), file.data(), nullptr};
  const std::string hint = "submit it where Slurm is: sbatch " + shell_word(file);
  pid_t child = 0;
  if (const int error = ::posix_spawnp(&child, "sbatch", nullptr, nullptr, words, environ); error != 0)
    throw IoError(fmt::format("sbatch cannot be started: {}; the script is written: {}", std::strerror(error), file),
                  hint);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw IoError(fmt::format("sbatch refused {}", file), hint);
}

struct Sweep {
  explicit Sweep(CLI::App& command)
      : flags(command, {"screen", "network", "features", "split", "model", "train", "evaluate", "sweep"},
              {"screen.file", "train.seed"}) {}
  Flags flags;
  SweepRequest request;
  std::vector<std::string> slurm_options;
  bool dry_run = false, slurm = false;

  void run() {
    request.words = flags.words();
    request.program = fs::read_symlink("/proc/self/exe");
    if (dry_run)
      print(describe_sweep(request, context()));
    else if (slurm)
      submit_to_slurm(write_slurm_script(request, command(), slurm_options, context()));
    else
      say(run_sweep(request, context()));
  }

  /// This command without --task and --jobs, by absolute paths.
  std::vector<std::string> command() const {
    std::vector<std::string> words{request.program, "sweep", fs::absolute(request.file), "-o",
                                   fs::absolute(request.folder)};
    if (!request.screen.empty()) words.insert(words.end(), {"--screen", request.screen.string()});
    for (const auto& [key, text] : request.words) words.push_back(flag_of(key) + "=" + text);
    return words;
  }

  void say(const SweepOutcome& outcome) const {
    console().message(
        {Message::Level::info, fmt::format("{} finished ({} before), {} failed, in {}", outcome.n_finished,
                                           outcome.n_found, outcome.failed.size(), duration_text(outcome.seconds))});
    if (outcome.failed.empty()) {
      console().message({Message::Level::info, "read it with: gracevae table 1 --runs " + shell_word(request.folder)});
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
  const auto state = std::make_shared<Sweep>(*command);
  SweepRequest& request = state->request;
  command->add_option("file", request.file, "TOML file of the sweep (docs/guide.md)")->required()->type_name("FILE");
  command->add_option("-o,--output", request.folder, "Folder of the sweep; finished runs in it are not made again")
      ->required()
      ->type_name("OUT");
  command->add_option("--screen", request.screen, "The screen, where the file names none")->type_name("SCREEN");
  command->add_option("--jobs", request.jobs, "Runs at a time, each with --threads threads (1); 0 = all processors")
      ->type_name("N");
  command->add_option("--task", request.task, "Part i of n of the runs, by turns: for any scheduler [default: 1/1]")
      ->type_name("i/n");
  command->add_flag("--dry-run", state->dry_run, "List the runs with state, estimated time and memory; start nothing");
  command->add_flag("--slurm", state->slurm, "Write OUT/slurm.sh, an array of a task a run, and submit it with sbatch");
  command->add_option("--slurm-option", state->slurm_options, "One more of sbatch's: --slurm-option=--time=2:00:00")
      ->type_name("TEXT");
  command->callback([state] { state->run(); });
}

}  // namespace gracevae::cli
