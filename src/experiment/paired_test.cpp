#include "experiment/paired_test.hpp"

#include <algorithm>

#include "stats/sign_flip.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

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
