#include "experiment/sweep_board.hpp"

#include <fmt/format.h>

#include "base/progress.hpp"

namespace gracevae::impl {

std::string headline(const SweepState& state) {
  const auto n_failed = std::ssize(state.failed), n_running = std::ssize(state.running);
  const std::int64_t n_waiting = state.n_total - state.n_finished - n_failed - n_running;
  const std::int64_t n_made = state.n_finished - state.n_found;
  std::string text = fmt::format("{} of {} finished{}, {} failed, {} running, {} waiting; {}", state.n_finished,
                                 state.n_total, state.n_found > 0 ? fmt::format(" ({} before)", state.n_found) : "",
                                 n_failed, n_running, n_waiting, duration_text(state.seconds));
  if (n_made > 0 && n_waiting + n_running > 0)
    text += fmt::format(", about {} left", duration_text(state.seconds * static_cast<double>(n_waiting + n_running) /
                                                         static_cast<double>(n_made)));
  return text;
}

std::string board_text(const SweepState& state) {
  std::string text = headline(state);
  for (const auto& run : state.running)
    text += fmt::format("\n  {}  {}  {}", run.title, run.stage, duration_text(run.seconds));
  for (const auto& failure : state.failed) text += "\n  failed: " + failure.substr(0, failure.find('\n'));
  return text;
}

}  // namespace gracevae::impl
