#pragma once
/// @file Two mixtures that part a guide's signal from its background, fitted to the counts of one guide.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gracevae::impl {

/// The counts of one guide: distinct values above 0, ascending, and how many cells have each.
struct CountHistogram {
  std::vector<double> counts, n_cells;
  double n_without = 0;  ///< cells with a count of 0
};
/// `counts`: the values above 0 of one guide, in any order; `n_all`: all cells, at least as many.
CountHistogram histogram_of(std::span<const float> counts, std::int64_t n_all);

/// After Replogle et al., Nature Biotechnology 38, 954 (2020): x = log2(count) over the cells with a count is
/// background with the density rate^x e^−rate / Γ(x + 1), the Poisson distribution at values between whole numbers, or
/// signal, normal with `mean` and `sd`:
///   share · Poisson(x; rate) + (1 − share) · N(x; mean, sd²).
/// Theirs is fitted from random starts until rate < mean; here from nine fixed ones.
struct PoissonGauss {
  double share = 0.5;       ///< of background
  double rate = 0;          ///< of background, in log2 counts
  double mean = 0, sd = 1;  ///< of signal, in log2 counts
  double log_likelihood = 0;

  double log_background(double x) const;
  double log_signal(double x) const;
  /// Probability that a count above 0 is signal. Above the signal's mean it does not fall.
  double signal_probability(double count) const;
};
/// EM from nine starts, x parted at tenths of its range; the likeliest fit with rate < mean. `sd` is at least 0.3.
/// nullopt where there is none: all counts equal, no cell.
std::optional<PoissonGauss> fit_poisson_gauss(const CountHistogram& histogram);

/// In the manner of Cell Ranger (CRISPR Guide Capture, protospacer calling): x = log10(count + 1) over all cells, those
/// without a count too, is one of two normal distributions of one variance:
///   share · N(x; low, variance) + (1 − share) · N(x; high, variance).
struct TwoNormals {
  double share = 0.5;        ///< of the lower
  double low = 0, high = 0;  ///< means, in log10(count + 1)
  double variance = 1;
  double log_likelihood = 0;

  double log_background(double x) const;
  double log_signal(double x) const;
  /// Probability that a count is of the higher distribution; rises with the count.
  double signal_probability(double count) const;
};
/// EM from ten starts as Cell Ranger has them: means 0 and a tenth, two tenths, … of the greatest x, equal shares; the
/// likeliest fit. The variance is at least 10⁻⁶. nullopt where all cells have one count.
std::optional<TwoNormals> fit_two_normals(const CountHistogram& histogram);

}  // namespace gracevae::impl
