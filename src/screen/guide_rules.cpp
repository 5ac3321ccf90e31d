#include "screen/guide_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "stats/count_mixture.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kLeastCells = 10;  // with a count, for a mixture
constexpr double kMaybe = 0.2, kCalled = 0.5, kSure = 0.8;
constexpr double kNever = std::numeric_limits<double>::infinity();

/// Probability of signal by count; none where the mixture cannot be fitted.
std::function<double(double)> fitted_probability(const CountHistogram& histogram, GuideRule rule) {
  if (rule == GuideRule::cell_ranger) {
    if (const auto fit = fit_two_normals(histogram))
      return [fit = *fit](double count) { return fit.signal_probability(count); };
  } else if (const auto fit = fit_poisson_gauss(histogram)) {
    return [fit = *fit](double count) { return fit.signal_probability(count); };
  }
  return {};
}

/// Goes down the counts, from the greatest, as long as they are signal: what is below a gap is background.
GuideCut cut_of(const CountHistogram& histogram, GuideRule rule, double min_umis) {
  GuideCut cut{kNever, kNever, kNever, 0, false, {}};
  for (const double n : histogram.frequencies) cut.n_with += static_cast<std::int64_t>(n);
  if (rule != GuideRule::threshold && cut.n_with >= kLeastCells) cut.probability = fitted_probability(histogram, rule);
  cut.fitted = static_cast<bool>(cut.probability);
  if (!cut.fitted) {
    cut.maybe = cut.called = cut.sure = min_umis;
    return cut;
  }
  double lowest = 1;
  for (std::size_t k = histogram.counts.size(); k-- > 0 && histogram.counts[k] >= min_umis;) {
    lowest = std::min(lowest, cut.probability(histogram.counts[k]));
    if (lowest <= kMaybe) break;
    cut.maybe = histogram.counts[k];
    if (lowest >= kCalled) cut.called = cut.maybe;
    if (lowest >= kSure) cut.sure = cut.maybe;
  }
  return cut;
}

/// The same cut for all.
std::vector<GuideCut> threshold_cuts(const CsrMatrix<float>& counts, double min_umis) {
  std::vector<GuideCut> cuts(static_cast<std::size_t>(counts.n_cols), {min_umis, min_umis, min_umis, 0, false, {}});
  for (const std::int32_t guide : counts.indices) ++cuts[static_cast<std::size_t>(guide)].n_with;
  return cuts;
}

std::vector<GuideCut> cuts_of(const CsrMatrix<float>& counts, GuideRule rule, double min_umis) {
  if (rule == GuideRule::threshold) return threshold_cuts(counts, min_umis);
  const CsrMatrix<float> by_guide = transposed(counts);
  std::vector<GuideCut> cuts;
  for (std::int64_t guide = 0; guide < by_guide.n_rows; ++guide)
    cuts.push_back(cut_of(histogram_of(by_guide.row_values(guide), counts.n_rows), rule, min_umis));
  return cuts;
}

/// The guides of one cell, or why they cannot be told.
void call_cell(const CsrMatrix<float>& counts, std::int64_t cell, CalledGuides& calls) {
  const auto guides = counts.row_indices(cell);
  const auto values = counts.row_values(cell);
  const std::size_t begin = calls.guides.size();
  bool sure = false;
  AmbiguousCell likeliest{cell, -1, 0, 0};
  for (std::size_t k = 0; k < guides.size(); ++k) {
    const GuideCut& cut = calls.cuts[static_cast<std::size_t>(guides[k])];
    const auto count = static_cast<double>(values[k]);
    if (count < cut.maybe) continue;
    sure = sure || count >= cut.sure;
    if (count >= cut.called) calls.guides.push_back(guides[k]);
    if (const double p = cut.fitted ? cut.probability(count) : 1; p > likeliest.probability)
      likeliest = {cell, guides[k], count, p};
  }
  if (likeliest.guide < 0 || sure || calls.guides.size() - begin > 1) return;
  calls.guides.resize(begin);
  calls.ambiguous.push_back(likeliest);
}

}  // namespace

GuideRule guide_rule_of(const std::string& name) {
  if (name == "threshold") return GuideRule::threshold;
  if (name == "cellranger") return GuideRule::cell_ranger;
  if (name == "poisson-gauss" || name == "auto") return GuideRule::poisson_gauss;
  throw ConfigError({.place = fmt::format("screen.guide_rule '{}'", name), .found = "no such rule"},
                    "the rules are threshold, cellranger and poisson-gauss");
}

const char* guide_rule_name(GuideRule rule) {
  return rule == GuideRule::threshold ? "threshold" : rule == GuideRule::cell_ranger ? "cellranger" : "poisson-gauss";
}

CalledGuides call_guides_from_counts(const CsrMatrix<float>& counts, GuideRule rule, std::int64_t min_umis) {
  CalledGuides calls;
  calls.cuts = cuts_of(counts, rule, static_cast<double>(min_umis));
  calls.first.push_back(0);
  for (std::int64_t cell = 0; cell < counts.n_rows; ++cell) {
    call_cell(counts, cell, calls);
    calls.first.push_back(std::ssize(calls.guides));
  }
  return calls;
}

}  // namespace gracevae::impl
