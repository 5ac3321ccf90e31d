#include "screen/highly_variable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "stats/loess.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kBins = 20;
constexpr double kSpan = 0.3;                // of loess, as scanpy has it
constexpr std::size_t kFewestForTrend = 14;  // genes of which the span holds the 4 that loess needs
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Right ends of bins of equal width over the values, each bin open to the left; the first reaches below the smallest.
std::vector<double> bin_ends(const std::vector<double>& values) {
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  double from = *low, to = *high;
  if (from == to) {  // pandas widens a range of one value by a thousandth
    const double half = from != 0 ? 0.001 * std::abs(from) : 0.001;
    from -= half;
    to += half;
  }
  const double step = (to - from) / static_cast<double>(kBins);
  std::vector<double> ends;
  for (std::size_t i = 1; i < kBins; ++i) ends.push_back(static_cast<double>(i) * step + from);
  ends.push_back(to);
  return ends;
}

struct Bin {
  std::vector<double> values;
  double centre = 0, scale = 0;

  void finish() {
    const double mean = mean_of(values);
    const bool is_alone = values.size() == 1;  // its only gene gets 1
    centre = is_alone ? 0 : mean;
    scale = is_alone ? mean : sample_sd(values);
  }
};

/// (dispersion − mean of its bin) / standard deviation of its bin; NaN stays NaN.
std::vector<double> standardise_in_bins(const std::vector<double>& means, const std::vector<double>& dispersions) {
  const std::vector<double> ends = bin_ends(means);
  std::vector<std::size_t> bin_of;
  std::array<Bin, kBins> bins;
  for (std::size_t gene = 0; gene < means.size(); ++gene) {
    const auto end = std::lower_bound(ends.begin(), ends.end(), means[gene]);
    bin_of.push_back(std::min(static_cast<std::size_t>(end - ends.begin()), kBins - 1));
    if (!std::isnan(dispersions[gene])) bins[bin_of.back()].values.push_back(dispersions[gene]);
  }
  for (Bin& bin : bins)
    if (!bin.values.empty()) bin.finish();
  std::vector<double> result;
  for (std::size_t gene = 0; gene < means.size(); ++gene)
    result.push_back((dispersions[gene] - bins[bin_of[gene]].centre) / bins[bin_of[gene]].scale);
  return result;
}

/// The n-th largest of the values that are numbers; the smallest when there are fewer, NaN when there is none.
double nth_largest(const std::vector<double>& values, std::int64_t n) {
  std::vector<double> numbers;
  for (const double value : values)
    if (!std::isnan(value)) numbers.push_back(value);
  if (numbers.empty() || n < 1) return kNaN;
  const auto at = std::min(static_cast<std::size_t>(n), numbers.size()) - 1;
  std::nth_element(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(at), numbers.end(), std::greater<>());
  return numbers[at];
}

}  // namespace

std::int64_t HighlyVariable::n_chosen() const { return std::count(chosen.begin(), chosen.end(), true); }

HighlyVariable highly_variable_seurat(std::span<const double> means, std::span<const double> variances,
                                      std::int64_t n_top) {
  GRACEVAE_CHECK(means.size() == variances.size(), "a variance for every mean");
  HighlyVariable result;
  if (means.empty()) return result;
  for (std::size_t gene = 0; gene < means.size(); ++gene) {
    const double mean = means[gene] == 0 ? 1e-12 : means[gene];
    const double dispersion = variances[gene] / mean;
    result.means.push_back(std::log1p(mean));
    result.dispersions.push_back(dispersion == 0 ? kNaN : std::log(dispersion));
  }
  result.dispersions_norm = standardise_in_bins(result.means, result.dispersions);
  result.cut_off = nth_largest(result.dispersions_norm, n_top);
  for (const double value : result.dispersions_norm) result.chosen.push_back(value >= result.cut_off);
  return result;
}

std::vector<double> expected_deviations(std::span<const double> means, std::span<const double> variances) {
  GRACEVAE_CHECK(means.size() == variances.size(), "a variance for every mean");
  std::vector<double> x, y;
  for (std::size_t gene = 0; gene < means.size(); ++gene) {
    if (!(variances[gene] > 0)) continue;
    x.push_back(std::log10(means[gene]));
    y.push_back(std::log10(variances[gene]));
  }
  std::vector<double> fitted;
  try {
    fitted = loess(x, y, {.span = kSpan});
  } catch (const InputError& error) {
    throw InputError(
        {.place = "seurat_v3",
         .found = fmt::format("no trend of variance over mean through {} genes that vary: {}", x.size(), error.what())},
        x.size() < kFewestForTrend
            ? "so few have none: take prepare.highly_variable seurat"
            : "leave out genes of very few cells (prepare.min_cells), or take prepare.highly_variable seurat");
  }
  std::vector<double> deviations;
  std::size_t next = 0;
  for (const double variance : variances) deviations.push_back(variance > 0 ? std::pow(10.0, fitted[next++] / 2) : 1.0);
  return deviations;
}

std::vector<double> clip_values(std::span<const double> means, std::span<const double> deviations,
                                std::int64_t n_cells) {
  std::vector<double> clips;
  for (std::size_t gene = 0; gene < means.size(); ++gene)
    clips.push_back(deviations[gene] * std::sqrt(static_cast<double>(n_cells)) + means[gene]);
  return clips;
}

HighlyVariable highly_variable_seurat_v3(const CountMoments& moments, std::int64_t n_top) {
  HighlyVariable result;
  result.means.assign(moments.means.begin(), moments.means.end());
  result.variances.assign(moments.variances.begin(), moments.variances.end());
  const auto n_genes = moments.means.size();
  for (std::size_t gene = 0; gene < n_genes; ++gene)
    result.variances_norm.push_back(
        moments.clipped_squares[gene] /
        (static_cast<double>(moments.n_cells - 1) * moments.deviations[gene] * moments.deviations[gene]));
  std::vector<std::size_t> order(n_genes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return result.variances_norm[a] > result.variances_norm[b]; });
  result.rank.assign(n_genes, kNaN);
  result.chosen.assign(n_genes, false);
  result.cut_off = kNaN;
  for (std::size_t i = 0; i < std::min(n_genes, static_cast<std::size_t>(std::max<std::int64_t>(n_top, 0))); ++i) {
    result.rank[order[i]] = static_cast<double>(i);
    result.chosen[order[i]] = true;
    result.cut_off = result.variances_norm[order[i]];
  }
  return result;
}

}  // namespace gracevae::impl
