#pragma once
/// @file Starting another program with posix_spawn: no code of ours runs between fork and exec, so it is safe in a host
/// with threads.
#include <sys/types.h>

#include <string>
#include <vector>

namespace gracevae::impl {

/// What a child process gets. Its standard input is empty; descriptors are −1 for none.
struct ProcessStart {
  std::vector<std::string> words;             ///< path of the program and its arguments
  std::vector<std::string> environment = {};  ///< NAME=VALUE; empty = that of this process
  int output = -1, errors = -1;               ///< standard output and error
  int keep_open = -1;                         ///< also inherited, as descriptor 3; all others are closed
};

/// Starts a child in its own process group, so that Ctrl-C in a terminal does not reach it. Signals are unblocked and
/// those that stop or crash a program have their default action. Returns 0 and sets `child`, else an errno value.
/// @test tests/unit/experiment/job_process_test.cpp, tests/unit/io/first_look_test.cpp
int start_process(ProcessStart start, pid_t& child);

}  // namespace gracevae::impl
