#include "base/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/call_scope.hpp"

namespace gracevae::impl {

namespace {
constexpr std::chrono::milliseconds kInterval{100};
}

std::string duration_text(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

Progress::Progress(std::string label, std::int64_t total, std::int64_t done)
    : label_(std::move(label)), total_(std::max<std::int64_t>(total, 1)), first_(done), start_(Clock::now()),
      last_report_(start_ - std::chrono::hours(1)) {}

void Progress::update(std::int64_t done, const std::string& detail) {
  const Context* context = current_context();
  const auto now = Clock::now();
  if (!context || !context->progress || (done < total_ && now - last_report_ < kInterval)) return;
  last_report_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto fresh = static_cast<double>(done - first_);
  const double left = fresh > 0 ? seconds / fresh * static_cast<double>(total_ - done) : 0;
  context->progress({label_, done, total_, seconds, left, detail});
}

}  // namespace gracevae::impl
