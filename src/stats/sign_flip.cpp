#include "stats/sign_flip.hpp"

#include <cmath>
#include <cstdint>

#include "base/random.hpp"

namespace gracevae::impl {

namespace {
constexpr std::size_t kMostExact = 20;
constexpr std::uint64_t kDraws = 100'000;
constexpr double kRounding = 1e-12;  // of the sum of magnitudes: sums in another order are the same
}  // namespace

double sign_flip_p(std::span<const double> differences) {
  const std::size_t n = differences.size();
  double observed = 0, magnitude = 0;
  for (const double difference : differences) observed += difference, magnitude += std::abs(difference);
  const double least = std::abs(observed) - kRounding * magnitude;
  const auto is_as_large = [&](auto&& sign_of) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += sign_of(i) ? -differences[i] : differences[i];
    return std::abs(sum) >= least;
  };
  std::uint64_t n_large = 0;
  if (n <= kMostExact) {
    const std::uint64_t n_ways = std::uint64_t{1} << n;
    for (std::uint64_t way = 0; way < n_ways; ++way)
      n_large += is_as_large([&](std::size_t i) { return (way >> i & 1U) != 0; }) ? 1 : 0;
    return static_cast<double>(n_large) / static_cast<double>(n_ways);
  }
  Random random(0, "sign flips");
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    std::uint64_t bits = 0;
    n_large += is_as_large([&](std::size_t i) {
      if (i % 64 == 0) bits = random.next();
      return (bits >> (i % 64) & 1U) != 0;
    });
  }
  return static_cast<double>(n_large + 1) / static_cast<double>(kDraws + 1);  // the observed way is one of them
}

}  // namespace gracevae::impl
