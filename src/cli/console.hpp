#pragma once
/// @file Messages and progress on standard error. Results go to standard output.
#include <chrono>
#include <cstdint>
#include <string>

#include <gracevae/context.hpp>

namespace gracevae::cli {

enum class Verbosity { quiet, normal, verbose };

/// On a terminal a bar that redraws itself; elsewhere a plain line each tenth of the work, at most one each 5 s.
class Console {
 public:
  Console();
  void set_verbosity(Verbosity verbosity) { verbosity_ = verbosity; }
  void message(const Message& message);
  void progress(const ProgressReport& report);
  /// Ends the bar; the last line stays.
  void finish();

 private:
  void draw(const ProgressReport& report);
  void clear();
  void line(const ProgressReport& report);

  using Clock = std::chrono::steady_clock;
  bool terminal_;
  Verbosity verbosity_ = Verbosity::normal;
  std::string task_;         ///< that is under way
  std::size_t n_drawn_ = 0;  ///< lines of the bar, the last one open
  Clock::time_point last_line_;
  std::int64_t next_line_ = 0;  ///< work at which the next plain line is due
};

/// The program's one console.
Console& console();
/// Everything a command gives to the library: the console, and stopping at signals.
const Context& context();

/// Prints text for people to standard output, options as flags; the bar is ended before.
void print(const std::string& text);
/// The same for machines: as it is.
void print_data(const std::string& data);
/// An error as people read it: options as flags.
std::string error_text(const std::exception& error);

}  // namespace gracevae::cli
