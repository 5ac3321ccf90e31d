#pragma once
/// @file A command of this program in a process of its own, which ends when this one does.
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_lock.hpp"

namespace gracevae::impl {

/// How a process ended.
struct ProcessEnd {
  int code = 0;    ///< exit code; meaningless when `signal` is not 0
  int signal = 0;  ///< that ended it
  std::int64_t peak_bytes = 0;
};

/// A child with its own process group, so that Ctrl-C reaches only this program, which passes it on once. Its output is
/// appended to a file. GRACEVAE_PARENT in its environment has this process's id, so that it can end when this one dies.
class JobProcess {
 public:
  /// Starts `words` (a program's path and its arguments) with `threads` OpenMP threads. `keep_open`: a descriptor that
  /// the child inherits (its lock), −1 = none. Throws IoError if the program cannot be started.
  JobProcess(const std::vector<std::string>& words, const std::filesystem::path& log, std::int64_t threads,
             int keep_open);
  /// Nothing while it runs.
  std::optional<ProcessEnd> end();
  /// SIGTERM: it saves and ends.
  void stop() const;

 private:
  pid_t pid_ = 0;
};

}  // namespace gracevae::impl
