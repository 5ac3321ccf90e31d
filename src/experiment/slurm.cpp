#include "experiment/slurm.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/plain_text.hpp"
#include "base/shell.hpp"

namespace gracevae::impl {

namespace {
constexpr std::size_t kMostTasks = 1000;
constexpr std::int64_t kMegabyte = 1'000'000, kSpareMegabytes = 200;
}  // namespace

std::size_t slurm_tasks(std::size_t n_runs) { return std::min(n_runs, kMostTasks); }

namespace {

/// A line of its own would be run by the shell, whatever quotes it stands in: sbatch's lines are comments.
const std::string& one_line(const std::string& text) {
  if (!is_plain_text(text))
    throw ConfigError({.found = fmt::format("'{}' would stand in the Slurm script", escaped_text(text)),
                       .expected = "UTF-8 without control characters"},
                      "give the file or folder another name");
  return text;
}

}  // namespace

std::string slurm_script(const SlurmArray& array) {
  const std::size_t n_tasks = slurm_tasks(array.n_runs);
  std::string text = fmt::format(
      "#!/bin/sh\n# Written by gracevae sweep --slurm. Tasks that are finished end at once, so it can be submitted "
      "again: sbatch FILE\n"
      "#SBATCH --job-name={}\n#SBATCH --array=1-{}{}\n#SBATCH --cpus-per-task={}\n#SBATCH --mem={}M\n"
      "#SBATCH --chdir={}\n#SBATCH --output={}\n#SBATCH --signal=B:TERM@120\n",
      shell_word(one_line(array.name)), n_tasks, array.at_once > 0 ? fmt::format("%{}", array.at_once) : "",
      array.threads, 2 * array.memory_bytes / kMegabyte + kSpareMegabytes,
      shell_word(one_line(array.working_folder.string())), shell_word(one_line((array.logs / "task_%a.log").string())));
  for (const std::string& option : array.options) text += "#SBATCH " + one_line(option) + "\n";
  text += "exec";
  for (const std::string& word : array.words) text += " " + shell_word(one_line(word));
  return text + fmt::format(" --jobs 1 --task \"$SLURM_ARRAY_TASK_ID/{}\"\n", n_tasks);
}

}  // namespace gracevae::impl
