#pragma once
/// @file Many variants on the same splits, and the paper's tables from them (docs/sweeps.md).
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gracevae/context.hpp>
#include <gracevae/options.hpp>

namespace gracevae {

struct SweepRequest {
  std::filesystem::path file;     ///< TOML file of the sweep
  std::filesystem::path folder;   ///< finished runs in it are not made again
  std::filesystem::path screen;   ///< where the file names none; may be empty
  OptionWords words;              ///< win over the file's options
  std::string task = "1/1";       ///< part i of n of the runs, by turns
  std::int64_t jobs = 0;          ///< runs at a time; 0 = as many as processors
  std::filesystem::path program;  ///< the gracevae that carries out the runs, each in a process of its own
};
struct SweepOutcome {
  std::int64_t n_finished = 0, n_found = 0;  ///< found: finished before
  std::vector<std::string> failed;           ///< title and reason
  double seconds = 0;
};

/// The runs with state, estimated time and memory, for people; starts nothing.
std::string describe_sweep(const SweepRequest& request, const Context& context = {});
/// Trains and scores every run. On a stop request the runs save and end, and Interrupted is thrown: the same call goes
/// on from there. @throws ConfigError, InputError, IoError
SweepOutcome run_sweep(const SweepRequest& request, const Context& context = {});
/// Writes slurm.sh into the folder, an array of a task a run; `command`: words that carry out one sweep without task
/// and jobs; `options`: more of sbatch's. Returns the script.
std::filesystem::path write_slurm_script(const SweepRequest& request, const std::vector<std::string>& command,
                                         const std::vector<std::string>& options, const Context& context = {});

struct TableRequest {
  int number = 1;                     ///< of the paper, 1 to 6
  std::filesystem::path runs;         ///< folder of the sweep
  std::string format = "markdown";    ///< markdown, latex or tsv
  std::string dataset, reference;     ///< published numbers and row to compare with; empty = as the sweep says
  std::filesystem::path output = {};  ///< file to write; empty = none
};
/// One of the paper's tables beside its numbers and the baselines.
std::string paper_table(const TableRequest& request, const Context& context = {});

}  // namespace gracevae
