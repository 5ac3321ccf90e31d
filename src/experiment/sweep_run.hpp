#pragma once
/// @file Carries out a sweep: every run by processes of the program, several at once.
#include <filesystem>
#include <string>
#include <vector>

#include "experiment/sweep_plan.hpp"

namespace gracevae::impl {

struct SweepOutcome {
  std::int64_t n_finished = 0, n_found = 0;  ///< found: finished before
  std::vector<std::string> failed;           ///< "title: reason"
  double seconds = 0;                        ///< wall time
};

/// Carries out the jobs of `part` that are not finished, `n_jobs` at a time: `train`, from its checkpoint where one of
/// the same options is there, then `evaluate`. A job that fails is recorded in its folder with the last words of its
/// program and tried again by the next sweep; others go on. Several sweeps may work on one folder: each job has a lock.
/// `program` is the gracevae that the children run. On a stop request they save and end; Interrupted then says how to
/// go on.
SweepOutcome run_sweep(const SweepPlan& plan, const TaskPart& part, std::int64_t n_jobs,
                       const std::filesystem::path& program);

/// What a program said last: from its last "gracevae: …" line on, else its last line. For failed.json.
std::string last_words(const std::string& log);

}  // namespace gracevae::impl
