#pragma once
/// @file What a running sweep shows: a board that redraws itself on a terminal, a line an event elsewhere.
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
/// The headline, a line for each running run, and one for each failed one.
std::vector<std::string> board_lines(const SweepState& state);

/// Draws on standard error.
class SweepBoard {
 public:
  SweepBoard();
  ~SweepBoard();
  SweepBoard(const SweepBoard&) = delete;
  SweepBoard& operator=(const SweepBoard&) = delete;

  /// Off a terminal it does nothing.
  void draw(const SweepState& state);
  /// A run began, finished or failed: a line that stays.
  void say(const std::string& event);

 private:
  void clear();

  bool terminal_;
  std::size_t n_drawn_ = 0;
};

}  // namespace gracevae::impl
