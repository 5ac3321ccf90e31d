#pragma once
/// @file A sweep as a Slurm array: every task is `gracevae sweep … --task i/n`.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gracevae::impl {

struct SlurmArray {
  std::string name;                            ///< of the job
  std::vector<std::string> words;              ///< the sweep's command without --task and --jobs, program first
  std::filesystem::path working_folder, logs;  ///< absolute
  std::size_t n_runs = 0;
  std::int64_t at_once = 0;          ///< tasks at a time; 0 = as Slurm has room
  std::int64_t threads = 1;          ///< of each run
  std::int64_t memory_bytes = 0;     ///< estimate of the largest run; twice that is asked for
  std::vector<std::string> options;  ///< more of sbatch's: "--partition=long"
};

/// Tasks of the array: one a run, at most 1,000 (Slurm's own limit unless it was raised).
std::size_t slurm_tasks(std::size_t n_runs);
/// The batch script. A task gets SIGTERM two minutes before its time is over, and saves; submitted again it goes on.
std::string slurm_script(const SlurmArray& array);

}  // namespace gracevae::impl
