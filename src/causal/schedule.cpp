#include "causal/schedule.hpp"

namespace gracevae::impl {

namespace {
/// 0 before `first`, 1 from `last` on, linear between.
double ramp(std::int64_t epoch, std::int64_t first, std::int64_t last) {
  if (epoch < first) return 0;
  if (epoch >= last) return 1;
  return static_cast<double>(epoch - first) / static_cast<double>(last - first);
}
constexpr std::int64_t kMmdStart = 5, kKlStart = 10, kTemperatureStart = 5;
}  // namespace

Schedule schedule_at(std::int64_t epoch, std::int64_t n_epochs, const ScheduleOptions& options) {
  if (options.constant) return {.alpha = options.alpha_max, .beta = options.beta_max, .tau = options.tau_max};
  const std::int64_t half = n_epochs / 2;
  const std::int64_t kl_end = options.paper_text ? half - 1 : n_epochs - 1;
  const std::int64_t temperature_start = options.paper_text ? half : kTemperatureStart;
  return {.alpha = options.alpha_max * ramp(epoch, kMmdStart, half - 1),
          .beta = options.beta_max * ramp(epoch, kKlStart, kl_end),
          .tau = 1 + (options.tau_max - 1) * ramp(epoch, temperature_start, n_epochs - 1)};
}

}  // namespace gracevae::impl
