#include "experiment/paired_test.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.hpp"
#include "base/statistics.hpp"

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

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(p.size() - rank) * p[order[rank]]));
    corrected[order[rank]] = largest;
  }
  return corrected;
}

CommonMeans common_means(const PairedScores& row, const PairedScores& reference) {
  CommonMeans means;
  for (const auto& [seed, scores] : row) {
    const auto partner = reference.find(seed);
    if (partner == reference.end()) continue;
    std::vector<double> a, b;
    for (const auto& [condition, value] : scores) {
      const auto other = partner->second.find(condition);
      if (other == partner->second.end()) continue;
      a.push_back(value);
      b.push_back(other->second);
      means.differences[condition].push_back(value - other->second);
    }
    if (a.empty()) continue;
    means.row.push_back(mean_of(a));
    means.reference.push_back(mean_of(b));
  }
  return means;
}

PairedDifference compare(const PairedScores& row, const PairedScores& reference) {
  const CommonMeans means = common_means(row, reference);
  std::vector<double> by_seed;
  for (std::size_t k = 0; k < means.row.size(); ++k) by_seed.push_back(means.row[k] - means.reference[k]);
  PairedDifference result;
  result.n_seeds = by_seed.size();
  result.n_conditions = means.differences.size();
  result.mean = mean_of(by_seed);
  result.spread = std::max(sample_sd(means.row), sample_sd(means.reference));
  std::vector<double> condition_means;
  for (const auto& entry : means.differences) condition_means.push_back(mean_of(entry.second));
  result.n_higher = static_cast<std::size_t>(
      std::count_if(condition_means.begin(), condition_means.end(), [](double mean) { return mean > 0; }));
  result.p_seeds = sign_flip_p(by_seed);
  result.p_conditions = sign_flip_p(condition_means);
  return result;
}

}  // namespace gracevae::impl
