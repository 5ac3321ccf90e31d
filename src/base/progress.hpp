#pragma once
/// @file Progress of long work with an estimate of the time left.
#include <chrono>
#include <cstdint>
#include <string>

namespace gracevae::impl {

/// "1.4 s", "2 min 05 s", "3 h 10 min".
std::string duration_text(double seconds);

/// Reports to the Context of the call, at most ten times a second and at the end.
class Progress {
 public:
  /// `total` in units of work; `done` where a resumed run starts.
  Progress(std::string label, std::int64_t total, std::int64_t done = 0);

  /// `done` units are finished; `detail`: loss terms, cells per second.
  void update(std::int64_t done, const std::string& detail);

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_;
  std::int64_t total_, first_;
  Clock::time_point start_, last_report_;
};

}  // namespace gracevae::impl
