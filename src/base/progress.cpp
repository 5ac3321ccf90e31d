#include "base/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/call_scope.hpp"
#include "base/log.hpp"

namespace gracevae {

namespace {
constexpr int kBarWidth = 24;
constexpr std::chrono::milliseconds kRedraw{150};
constexpr std::chrono::seconds kPlainInterval{5};
constexpr std::chrono::milliseconds kReport{100};

int terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100;
}
}  // namespace

std::string duration_text(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

Progress::Progress(std::string label, std::int64_t total, std::int64_t done)
    : label_(std::move(label)), total_(std::max<std::int64_t>(total, 1)), first_(done), done_(done),
      start_(Clock::now()), last_draw_(start_ - std::chrono::hours(1)), terminal_(::isatty(STDERR_FILENO) == 1),
      next_line_(done + 1) {}

Progress::~Progress() { finish(); }

void Progress::update(std::int64_t done, const std::string& detail) {
  done_ = done;
  const auto now = Clock::now();
  const bool last = done_ >= total_;
  if (const Context* context = current_context()) {
    if (!last && now - last_draw_ < kReport) return;
    last_draw_ = now;
    return report(*context, detail);
  }
  if (terminal_) {
    if (!last && now - last_draw_ < kRedraw) return;
  } else {
    if (!last && (done_ < next_line_ || now - last_draw_ < kPlainInterval)) return;
    next_line_ = done_ + std::max<std::int64_t>(total_ / 10, 1);
  }
  last_draw_ = now;
  draw(detail);
}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

double Progress::seconds_left() const {
  const auto fresh = static_cast<double>(done_ - first_);
  return fresh > 0 ? seconds() / fresh * static_cast<double>(total_ - done_) : 0;
}

void Progress::report(const Context& context, const std::string& detail) const {
  if (context.progress) context.progress({label_, done_, total_, seconds(), seconds_left(), detail});
}

void Progress::draw(const std::string& detail) {
  const double share = static_cast<double>(done_) / static_cast<double>(total_);
  const std::string times = done_ >= total_ ? duration_text(seconds()) : duration_text(seconds_left()) + " left";
  if (!terminal_) {
    log::info("{} {:3.0f} %  {}  {}", label_, 100 * share, times, detail);
    return;
  }
  const int filled = static_cast<int>(share * kBarWidth);
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "░";
  const std::string head = fmt::format("{} ", label_);
  std::string tail = fmt::format(" {:3.0f} %  {}  {}", 100 * share, times, detail);
  const auto room =
      static_cast<std::size_t>(std::max(terminal_width() - static_cast<int>(head.size()) - kBarWidth - 1, 10));
  if (tail.size() > room) tail.resize(room);
  std::fprintf(stderr, "\r%s%s%s\033[K", head.c_str(), bar.c_str(), tail.c_str());
  std::fflush(stderr);
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  if (terminal_ && done_ > first_ && !current_context()) std::fputc('\n', stderr);
}

}  // namespace gracevae
