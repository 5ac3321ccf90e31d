#pragma once
/// @file Where the runs of a sweep live, which of them are done, and what the others will cost.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "experiment/estimate.hpp"
#include "experiment/sweep_file.hpp"

namespace gracevae::impl {

/// A run with its place. The key is an XXH3-128 hash of everything that its result hangs on: resolved options without
/// paths and without those that change no result, the bytes of screen, labels, network and split, and the build.
struct SweepJob {
  SweepRun run;
  std::string key;
  std::filesystem::path folder;  ///< OUT/runs/<readable name>-<start of the key>
};

struct SweepFolder {
  std::filesystem::path path;
  std::filesystem::path manifest() const { return path / "sweep.json"; }
  std::filesystem::path runs() const { return path / "runs"; }
  std::filesystem::path splits() const { return path / "splits"; }
  /// The copy of the screen that the runs share.
  std::filesystem::path packed() const { return path / "packed"; }
};

struct SweepPlan {
  std::filesystem::path folder;
  SweepOptions options;
  std::string split;  ///< its kind, or the user's file
  std::vector<SweepJob> jobs;
  std::vector<TrainingEstimate> estimates;  ///< one a job; memory with predicting and scoring its test cells
};

/// Reads the screen once, writes the split of every seed below `folder`/splits (a folder each kind and screen) and lays
/// out all runs. `speed`: for the estimates. Errors as load_screen, make_split and find_network_files.
SweepPlan plan_sweep(const Sweep& sweep, const std::filesystem::path& folder, const MachineSpeed& speed);

/// sweep.json: which runs make up the sweep, for `gracevae table`. The same sweep gives the same bytes.
void write_manifest(const SweepPlan& plan);

/// Name of a folder: letters, digits and ._+=- of `title`, others become _, at most 80; and the first 10 of the key.
std::string job_name(const std::string& title, const std::string& key);

enum class JobState { fresh, stopped, failed, finished };
struct JobStatus {
  JobState state = JobState::fresh;
  std::string reason;  ///< of a failed one
};
/// As its files have it; a record of another key does not count.
JobStatus status_of(const SweepJob& job);

/// Part i of n of a sweep, by turns: every job is in exactly one part. Text "i/n", i from 1. ConfigError otherwise.
struct TaskPart {
  std::size_t index = 0, count = 1;  ///< index from 0
  static TaskPart parse(const std::string& text);
  bool holds(std::size_t job) const { return job % count == index; }
};

/// What `--dry-run` prints: every job with its state, and time and memory with `n_jobs` at once.
std::string plan_text(const SweepPlan& plan, const TaskPart& part, std::int64_t n_jobs);

}  // namespace gracevae::impl
