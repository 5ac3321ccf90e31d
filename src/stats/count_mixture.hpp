#pragma once
/// @file Two mixtures that part signal from background in counts.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gracevae::impl {

/// Counts: distinct values above 0, ascending, and how often each stands.
struct CountHistogram {
  std::vector<double> counts, frequencies;
  double n_zeros = 0;  ///< how many are 0
};
/// `counts`: the values above 0, in any order; `n_all`: how many counts there are, zeros among them.
CountHistogram histogram_of(std::span<const float> counts, std::int64_t n_all);

/// After Replogle et al., Nature Biotechnology 38, 954 (2020): x = log2(count) of the counts above 0 is
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
/// nullopt where there is none: all counts equal, none above 0.
std::optional<PoissonGauss> fit_poisson_gauss(const CountHistogram& histogram);

/// In the manner of Cell Ranger (CRISPR Guide Capture, protospacer calling): x = log10(count + 1) of all counts, zeros
/// too, is one of two normal distributions of one variance:
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
/// likeliest fit. The variance is at least 10⁻⁶. nullopt where all counts are equal.
std::optional<TwoNormals> fit_two_normals(const CountHistogram& histogram);

}  // namespace gracevae::impl
