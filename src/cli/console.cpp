#include "cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <gracevae/text.hpp>

#include "cli/events.hpp"
#include "cli/process.hpp"
#include "cli/spelling.hpp"

namespace gracevae::cli {

namespace {

constexpr int kBarWidth = 24;
constexpr std::chrono::seconds kLineInterval{5};
constexpr const char *kYellow = "\033[33m", *kPlain = "\033[m";

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100;
}

double share_of(const ProgressReport& report) {
  return static_cast<double>(report.done) / static_cast<double>(std::max<std::int64_t>(report.total, 1));
}

/// " 40 %  12 s left  loss 0.3": the first line of the detail.
std::string numbers_of(const ProgressReport& report) {
  const std::string time =
      report.done >= report.total ? duration_text(report.seconds) : duration_text(report.seconds_left) + " left";
  return fmt::format(" {:3.0f} %  {}  {}", 100 * share_of(report), time,
                     report.detail.substr(0, report.detail.find('\n')));
}

/// Lines of text with what a terminal would obey as \x1b: names in messages come from files.
std::string printable(const std::string& text) {
  std::string lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines += (at > 0 ? "\n" : "") + escaped_text(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

Console::Console() : terminal_(::isatty(STDERR_FILENO) == 1), last_line_(Clock::now() - std::chrono::hours(1)) {}

void Console::message(const Message& message) {
  const Verbosity least = message.level == Message::Level::warning ? Verbosity::quiet
                          : message.level == Message::Level::info  ? Verbosity::normal
                                                                   : Verbosity::verbose;
  if (verbosity_ < least) return;
  clear();
  const std::string text = printable(with_flags(message.text));
  if (message.level == Message::Level::warning)
    std::fprintf(stderr, "%swarning: %s%s\n", terminal_ ? kYellow : "", text.c_str(), terminal_ ? kPlain : "");
  else
    std::fprintf(stderr, "%s\n", text.c_str());
  std::fflush(stderr);
}

void Console::progress(const ProgressReport& report) {
  if (report.task != task_) {
    finish();
    task_ = report.task;
    last_line_ = Clock::now() - std::chrono::hours(1);
    next_line_ = report.done;
  }
  if (terminal_)
    draw(report);
  else
    line(report);
  if (report.done >= report.total) finish();
}

void Console::finish() {
  if (n_drawn_ > 0) std::fputc('\n', stderr);
  n_drawn_ = 0;
  task_.clear();
}

void Console::draw(const ProgressReport& report) {
  const std::size_t columns = terminal_columns();
  const int filled = static_cast<int>(share_of(report) * kBarWidth);
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "░";
  const std::size_t taken = report.task.size() + kBarWidth + 2;
  std::string text = report.task + " " + bar +
                     numbers_of(report).substr(0, std::max<std::size_t>(columns > taken ? columns - taken : 0, 10));
  std::size_t n_lines = 1;
  for (std::size_t at = report.detail.find('\n'); at != std::string::npos; ++n_lines) {
    const std::size_t end = report.detail.find('\n', at + 1);
    text += "\n" + report.detail.substr(at + 1, std::min(end - at - 1, columns - 1));
    at = end;
  }
  clear();
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  n_drawn_ = n_lines;
}

void Console::clear() {
  if (n_drawn_ == 0) return;
  if (n_drawn_ > 1) std::fprintf(stderr, "\033[%zuA", n_drawn_ - 1);
  std::fputs("\r\033[J", stderr);
  n_drawn_ = 0;
}

void Console::line(const ProgressReport& report) {
  const auto now = Clock::now();
  if (report.done < report.total && (report.done < next_line_ || now - last_line_ < kLineInterval)) return;
  next_line_ = report.done + std::max<std::int64_t>(report.total / 10, 1);
  last_line_ = now;
  if (verbosity_ >= Verbosity::normal) std::fprintf(stderr, "%s%s\n", report.task.c_str(), numbers_of(report).c_str());
}

Console& console() {
  static Console instance;
  return instance;
}

const Context& context() {
  static const Context instance{.log = [](const Message& m) { has_events() ? send(m) : console().message(m); },
                                .progress =
                                    [](const ProgressReport& r) { has_events() ? send(r) : console().progress(r); },
                                .stop = stop_on_signals()};
  return instance;
}

void print(const std::string& text) { print_data(with_flags(text)); }

void print_data(const std::string& data) {
  console().finish();
  std::fputs(data.c_str(), stdout);
}

std::string error_text(const std::exception& error) { return printable(with_flags(error.what())); }

}  // namespace gracevae::cli
