#include "evaluate/profile_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "evaluate/metrics.hpp"
#include "screen/differential.hpp"
#include "screen/screen.hpp"
#include "stats/distributions.hpp"
#include "stats/multiple_testing.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kExpressedGenes = 1000, kComponents = 50, kCellsOfComponents = 5000;
constexpr double kFalseDiscoveryRate = 0.05;

PrincipalComponents components_of(const Screen& screen, std::uint64_t seed) {
  const auto cells = draw_rows(screen.n_cells(), kCellsOfComponents, Random(seed, "components"));
  return principal_components(screen.rows(), cells, kComponents);
}

/// Genes that differ from control, by column, of Wilcoxon's z.
std::vector<std::int32_t> significant_genes(std::vector<double> p) {
  for (double& value : p) value = normal_two_sided(value);
  const std::vector<double> adjusted = benjamini_hochberg(p);
  std::vector<std::int32_t> genes;
  for (std::size_t g = 0; g < adjusted.size(); ++g)
    if (adjusted[g] < kFalseDiscoveryRate) genes.push_back(static_cast<std::int32_t>(g));
  return genes;
}

bool all_finite(const CommonRows& cells) {
  const auto finite = [](const std::vector<float>& values) {
    return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
  };
  return finite(cells.common) && finite(cells.others.values);
}

}  // namespace

double overlap_of_genes(std::span<const std::int32_t> predicted, std::span<const std::int32_t> observed,
                        std::span<const double> effect) {
  GRACEVAE_CHECK(!observed.empty(), "an overlap with no genes");
  std::vector<std::int32_t> kept(predicted.begin(), predicted.end());
  const auto size = [&](std::int32_t gene) { return std::abs(effect[static_cast<std::size_t>(gene)]); };
  std::stable_sort(kept.begin(), kept.end(), [&](std::int32_t a, std::int32_t b) { return size(a) > size(b); });
  kept.resize(std::min(kept.size(), observed.size()));
  const auto n_shared = std::count_if(kept.begin(), kept.end(), [&](std::int32_t gene) {
    return std::find(observed.begin(), observed.end(), gene) != observed.end();
  });
  return static_cast<double>(n_shared) / static_cast<double>(observed.size());
}

ProfileScorer::ProfileScorer(const Screen& screen, std::vector<double> control_mean, std::uint64_t seed)
    : control_mean_(std::move(control_mean)), expressed_(genes_by_score(control_mean_)),
      control_(screen.rows(), screen.regimes.front().cells), components_(components_of(screen, seed)) {
  expressed_.resize(std::min<std::size_t>(expressed_.size(), kExpressedGenes));
}

std::vector<Profile> ProfileScorer::profiles(std::span<const CommonRows* const> cells) const {
  std::vector<Profile> profiles;
  std::vector<const CommonRows*> finite;
  for (const CommonRows* const each : cells) {
    profiles.push_back({.mean = column_means(*each), .significant = {}, .components = {}, .finite = all_finite(*each)});
    if (profiles.back().finite) finite.push_back(each);
  }
  std::vector<std::vector<double>> z = control_.scores(finite);
  auto next = z.begin();
  for (std::size_t k = 0; k < profiles.size(); ++k) {
    if (!profiles[k].finite) continue;
    profiles[k].significant = significant_genes(std::move(*next++));
    profiles[k].components = components_.project(*cells[k]);
  }
  return profiles;
}

double ProfileScorer::l2(std::span<const double> predicted, std::span<const double> observed) const {
  double squares = 0;
  for (const std::int32_t gene : expressed_) {
    const auto g = static_cast<std::size_t>(gene);
    squares += (predicted[g] - observed[g]) * (predicted[g] - observed[g]);
  }
  return std::sqrt(squares);
}

double ProfileScorer::noise_free_l2(std::span<const double> observed_error) const {
  double squares = 0;
  for (const std::int32_t gene : expressed_) squares += observed_error[static_cast<std::size_t>(gene)];
  return std::sqrt(squares);
}

std::map<std::string, double> ProfileScorer::score(const Profile& predicted, const Profile& observed) const {
  std::map<std::string, double> values;
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  if (!observed.significant.empty()) {
    std::vector<double> effect = predicted.mean;
    for (std::size_t g = 0; g < effect.size(); ++g) effect[g] -= control_mean_[g];
    values["vcc.des"] =
        predicted.finite ? overlap_of_genes(predicted.significant, observed.significant, effect) : kUndefined;
  }
  if (!predicted.finite || !observed.finite)
    values["e_distance"] = kUndefined;
  else if (predicted.components.n_rows >= 2 && observed.components.n_rows >= 2)
    values["e_distance"] = energy_distance(predicted.components.view(), observed.components.view());
  return values;
}

}  // namespace gracevae::impl
