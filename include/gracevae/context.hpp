#pragma once
/// @file What a call of the library gets from its host: threads, and where messages, progress and the wish to stop go.
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace gracevae {

struct Message {
  enum class Level { debug, info, warning };
  Level level = Level::info;
  std::string text;
};

/// Where long work stands.
struct ProgressReport {
  std::string task;  ///< "training", "predicting", …
  std::int64_t done = 0, total = 0;
  double seconds = 0;       ///< since it began
  double seconds_left = 0;  ///< estimated from the pace so far
  std::string detail;       ///< loss terms, cells a second, …; of a sweep one more line for every run
};

/// Passed to every call that takes time. The library prints nothing, installs no signal handler and leaves the host's
/// thread counts as they were when the call ends. Sinks are called on the calling thread only. A default Context drops
/// messages, cannot be stopped and uses all processors that the process may use.
struct Context {
  int threads = 0;  ///< 0 = all, or OMP_NUM_THREADS of them; another number may change the last bits of results
  std::function<void(const Message&)> log;              ///< may be empty
  std::function<void(const ProgressReport&)> progress;  ///< may be empty; at most some ten calls a second
  std::stop_token stop;                                 ///< asked between steps; the call then throws Interrupted
};

}  // namespace gracevae
