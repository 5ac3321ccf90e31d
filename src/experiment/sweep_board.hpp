#pragma once
/// @file What a running sweep shows.
#include <cstdint>
#include <string>
#include <vector>

namespace gracevae::impl {

/// Where a sweep stands.
struct SweepState {
  struct Running {
    std::string title;  ///< of the run
    std::string stage;  ///< "epoch 12 of 100", "scoring"
    double seconds = 0;
  };
  std::int64_t n_total = 0, n_finished = 0,
               n_found = 0;         ///< found: finished before this sweep began, part of n_finished
  std::vector<std::string> failed;  ///< titles with reasons
  std::vector<Running> running;
  double seconds = 0;  ///< since it began
};

/// "7 of 20 finished (3 before), 1 failed, 2 running, 10 waiting; 1 min 05 s, about 4 min left".
std::string headline(const SweepState& state);
/// The headline, then a line for each running run and each failed one.
std::string board_text(const SweepState& state);

}  // namespace gracevae::impl
