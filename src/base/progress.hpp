#pragma once
/// @file Progress of long work with an estimate of the time left.
#include <chrono>
#include <cstdint>
#include <string>

#include <gracevae/context.hpp>

namespace gracevae {

/// "1.4 s", "2 min 05 s", "3 h 10 min".
std::string duration_text(double seconds);

/// Inside a public call: reports to its Context. Else a bar on standard error that redraws itself on a terminal;
/// elsewhere a plain line each tenth of the work, at most one each 5 s.
class Progress {
 public:
  /// `total` in units of work; `done` where a resumed run starts.
  Progress(std::string label, std::int64_t total, std::int64_t done = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` units are finished; `detail` is shown behind the bar (loss terms, cells per second).
  void update(std::int64_t done, const std::string& detail);
  /// Ends the line; called by the destructor too.
  void finish();

 private:
  void draw(const std::string& detail);
  void report(const Context& context, const std::string& detail) const;
  double seconds() const;
  double seconds_left() const;

  using Clock = std::chrono::steady_clock;
  std::string label_;
  std::int64_t total_, first_, done_;
  Clock::time_point start_, last_draw_;
  bool terminal_, finished_ = false;
  std::int64_t next_line_;
};

}  // namespace gracevae
