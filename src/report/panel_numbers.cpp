#include "report/panel_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr int kBins = 24;

}  // namespace

nlohmann::json short_number(double value, int digits) {
  if (!std::isfinite(value)) return nullptr;
  const double rounded = std::stod(fmt::format("{:.{}g}", value, digits));
  if (rounded == std::round(rounded) && std::abs(rounded) < 1e15) return static_cast<std::int64_t>(rounded);
  return rounded;
}

nlohmann::json distribution(std::span<const float> values, double low, double high) {
  if (values.empty()) return nullptr;
  const auto n = static_cast<double>(values.size());
  std::vector<float> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> counts(kBins, 0.0);
  for (const float value : sorted) {
    const double share = high > low ? (static_cast<double>(value) - low) / (high - low) : 0;
    ++counts[static_cast<std::size_t>(std::clamp(static_cast<int>(share * kBins), 0, kBins - 1))];
  }
  nlohmann::json quantiles = nlohmann::json::array(), density = nlohmann::json::array();
  for (const double share : {0.05, 0.25, 0.5, 0.75, 0.95})
    quantiles.push_back(short_number(quantile(std::span<float>(sorted), share)));
  for (const double count : counts) density.push_back(short_number(count / n, 3));
  return {{"quantiles", std::move(quantiles)},
          {"zero", short_number(static_cast<double>(std::count(values.begin(), values.end(), 0.0F)) / n)},
          {"density", std::move(density)},
          {"low", short_number(low)},
          {"high", short_number(high)}};
}

}  // namespace gracevae::impl
