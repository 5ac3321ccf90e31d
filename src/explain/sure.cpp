#include "explain/sure.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

namespace gracevae::impl {

namespace {
constexpr double kHalfWidth = 1.96;  // of a 95 % interval, in standard errors
}

double sure_part(double effect, double se) {
  if (std::isnan(se)) return se;
  return std::copysign(std::max(0.0, std::abs(effect) - kHalfWidth * se), effect);
}

std::vector<std::size_t> surest_first(std::span<const double> effect, std::span<const double> se) {
  using Key = std::tuple<bool, double, double>;
  std::vector<Key> keys;
  for (std::size_t g = 0; g < effect.size(); ++g) {
    const double size = std::abs(effect[g]);
    keys.push_back(std::isnan(se[g]) ? Key(false, size, 0)
                                     : Key(true, std::abs(sure_part(effect[g], se[g])), size > 0 ? size / se[g] : 0));
  }
  std::vector<std::size_t> order(effect.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] > keys[b]; });
  return order;
}

Strength strength_of(std::span<const double> effect, std::span<const double> se) {
  double all = 0, errors = 0, sure = 0;
  bool any = false;
  for (std::size_t g = 0; g < effect.size(); ++g) {
    all += effect[g] * effect[g];
    if (std::isnan(se[g])) continue;
    any = true;
    errors += se[g] * se[g];
    sure += std::pow(sure_part(effect[g], se[g]), 2);
  }
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  return {std::sqrt(all), any ? std::sqrt(errors) : kUnknown, any ? std::sqrt(sure) : kUnknown};
}

bool is_stronger(const Strength& a, const Strength& b) {
  const auto key = [](const Strength& s) {
    return std::tuple(!std::isnan(s.sure), std::isnan(s.sure) ? 0 : s.sure, s.norm);
  };
  return key(a) > key(b);
}

std::string number_or_na(double value) { return std::isnan(value) ? "NA" : fmt::format("{:.6g}", value); }

}  // namespace gracevae::impl
