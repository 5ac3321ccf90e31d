#include "experiment/sweep_board.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/log.hpp"
#include "base/progress.hpp"

namespace gracevae::impl {

namespace {

/// A line that wraps would be cleared by half only.
std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

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

std::vector<std::string> board_lines(const SweepState& state) {
  std::vector<std::string> lines{"sweep: " + headline(state)};
  for (const auto& run : state.running)
    lines.push_back(fmt::format("  {}  {}  {}", run.title, run.stage, duration_text(run.seconds)));
  for (const auto& failure : state.failed) lines.push_back("  failed: " + failure.substr(0, failure.find('\n')));
  return lines;
}

SweepBoard::SweepBoard() : terminal_(::isatty(STDERR_FILENO) != 0) {}
SweepBoard::~SweepBoard() { clear(); }

void SweepBoard::draw(const SweepState& state) {
  if (!terminal_) return;
  clear();
  const std::size_t columns = terminal_columns();
  for (const std::string& line : board_lines(state)) {
    std::fprintf(stderr, "%s\n", line.substr(0, columns - 1).c_str());
    ++n_drawn_;
  }
  std::fflush(stderr);
}

void SweepBoard::say(const std::string& event) {
  clear();
  log::info("{}", event);
}

void SweepBoard::clear() {
  if (n_drawn_ > 0) std::fprintf(stderr, "\033[%zuA\033[J", n_drawn_);
  n_drawn_ = 0;
}

}  // namespace gracevae::impl
