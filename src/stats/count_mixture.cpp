#include "stats/count_mixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace gracevae::impl {

namespace {

constexpr double kLeastRate = 1e-3, kLeastSd = 0.3, kLeastVariance = 1e-6, kLeastShare = 1e-9;
constexpr int kMostSteps = 1000, kPoissonStarts = 9, kNormalStarts = 10;
constexpr double kTolerance = 1e-9;  // of the log likelihood, relative
const double kLogRootTwoPi = 0.5 * std::log(2 * std::numbers::pi);

/// Values and how often each stands.
struct Sample {
  std::vector<double> x, n;
  std::vector<double> log_factorial;  ///< log Γ(x + 1), for PoissonGauss
};

/// Sums over a sample, each value weighted with its share in signal or background.
struct Sums {
  double n = 0, x = 0, squares = 0;
  void add(double weight, double value) {
    n += weight;
    x += weight * value;
    squares += weight * value * value;
  }
  double mean() const { return x / n; }
  double variance() const { return std::max(0.0, squares / n - mean() * mean()); }
};

void update(PoissonGauss& fit, const Sums& background, const Sums& signal) {
  fit.rate = std::max(kLeastRate, background.mean());
  fit.mean = signal.mean();
  fit.sd = std::max(kLeastSd, std::sqrt(signal.variance()));
}

void update(TwoNormals& fit, const Sums& background, const Sums& signal) {
  fit.low = background.mean();
  fit.high = signal.mean();
  const double squares = background.n * background.variance() + signal.n * signal.variance();
  fit.variance = std::max(kLeastVariance, squares / (background.n + signal.n));
}

/// Logarithms of the densities of the two parts at the values of a sample, without their shares. What is the same for
/// all values is worked out once.
struct PoissonGaussParts {
  const PoissonGauss& fit;
  const Sample& sample;
  double log_rate, log_scale;
  double background(std::size_t k) const { return sample.x[k] * log_rate - fit.rate - sample.log_factorial[k]; }
  double signal(std::size_t k) const {
    const double z = (sample.x[k] - fit.mean) / fit.sd;
    return -z * z / 2 - log_scale;
  }
};
PoissonGaussParts parts_of(const PoissonGauss& fit, const Sample& sample) {
  return {fit, sample, std::log(fit.rate), std::log(fit.sd) + kLogRootTwoPi};
}

struct TwoNormalsParts {
  const TwoNormals& fit;
  const Sample& sample;
  double log_scale;
  double normal(double x, double mean) const { return -(x - mean) * (x - mean) / (2 * fit.variance) - log_scale; }
  double background(std::size_t k) const { return normal(sample.x[k], fit.low); }
  double signal(std::size_t k) const { return normal(sample.x[k], fit.high); }
};
TwoNormalsParts parts_of(const TwoNormals& fit, const Sample& sample) {
  return {fit, sample, std::log(fit.variance) / 2 + kLogRootTwoPi};
}

/// EM from where the fit is, until the likelihood rises no more.
template <class Fit>
void climb(const Sample& sample, Fit& fit) {
  double before = -std::numeric_limits<double>::infinity();
  for (int step = 0; step < kMostSteps; ++step) {
    Sums background, signal;
    fit.log_likelihood = 0;
    const double log_share = std::log(fit.share), log_rest = std::log1p(-fit.share);
    const auto parts = parts_of(fit, sample);
    for (std::size_t k = 0; k < sample.x.size(); ++k) {
      const double a = log_share + parts.background(k), b = log_rest + parts.signal(k);
      const double ratio = std::exp(-std::abs(a - b));  // of the smaller part to the greater
      const double p = (a < b ? 1 : ratio) / (1 + ratio);
      fit.log_likelihood += sample.n[k] * (std::max(a, b) + std::log1p(ratio));
      background.add(sample.n[k] * (1 - p), sample.x[k]);
      signal.add(sample.n[k] * p, sample.x[k]);
    }
    if (fit.log_likelihood - before < kTolerance * (1 + std::abs(fit.log_likelihood))) return;
    before = fit.log_likelihood;
    const double n = background.n + signal.n;
    if (background.n < kLeastShare * n || signal.n < kLeastShare * n) return;
    fit.share = std::clamp(background.n / n, kLeastShare, 1 - kLeastShare);
    update(fit, background, signal);
  }
}

template <class Fit>
double probability(const Fit& fit, double x) {
  const double background = std::log(fit.share) + fit.log_background(x);
  const double signal = std::log1p(-fit.share) + fit.log_signal(x);
  return 1 / (1 + std::exp(background - signal));
}

template <class Fit>
void keep_better(std::optional<Fit>& best, const Fit& fit) {
  if (std::isfinite(fit.log_likelihood) && (!best || fit.log_likelihood > best->log_likelihood)) best = fit;
}

}  // namespace

CountHistogram histogram_of(std::span<const float> counts, std::int64_t n_all) {
  std::vector<float> sorted(counts.begin(), counts.end());
  std::sort(sorted.begin(), sorted.end());
  CountHistogram histogram;
  for (const float count : sorted) {
    if (histogram.counts.empty() || histogram.counts.back() != static_cast<double>(count)) {
      histogram.counts.push_back(static_cast<double>(count));
      histogram.frequencies.push_back(0);
    }
    ++histogram.frequencies.back();
  }
  histogram.n_zeros = static_cast<double>(n_all - std::ssize(sorted));
  return histogram;
}

double PoissonGauss::log_background(double x) const { return x * std::log(rate) - rate - std::lgamma(x + 1); }

double PoissonGauss::log_signal(double x) const {
  const double z = (x - mean) / sd;
  return -z * z / 2 - std::log(sd) - kLogRootTwoPi;
}

double PoissonGauss::signal_probability(double count) const {
  const double x = std::log2(count);
  return x < mean ? probability(*this, x) : std::max(probability(*this, x), probability(*this, mean));
}

double TwoNormals::log_background(double x) const {
  return -(x - low) * (x - low) / (2 * variance) - std::log(variance) / 2 - kLogRootTwoPi;
}

double TwoNormals::log_signal(double x) const {
  return -(x - high) * (x - high) / (2 * variance) - std::log(variance) / 2 - kLogRootTwoPi;
}

double TwoNormals::signal_probability(double count) const { return probability(*this, std::log10(count + 1)); }

std::optional<PoissonGauss> fit_poisson_gauss(const CountHistogram& histogram) {
  if (histogram.counts.size() < 2) return std::nullopt;
  Sample sample;
  for (const double count : histogram.counts) {
    sample.x.push_back(std::log2(count));
    sample.log_factorial.push_back(std::lgamma(sample.x.back() + 1));
  }
  sample.n = histogram.frequencies;
  const double least = sample.x.front(), range = sample.x.back() - least;
  std::optional<PoissonGauss> best;
  for (int start = 1; start <= kPoissonStarts; ++start) {
    const double cut = least + range * start / (kPoissonStarts + 1);
    Sums background, signal;
    for (std::size_t k = 0; k < sample.x.size(); ++k)
      (sample.x[k] < cut ? background : signal).add(sample.n[k], sample.x[k]);
    PoissonGauss fit;
    fit.share = background.n / (background.n + signal.n);
    update(fit, background, signal);
    climb(sample, fit);
    if (fit.rate < fit.mean) keep_better(best, fit);
  }
  return best;
}

std::optional<TwoNormals> fit_two_normals(const CountHistogram& histogram) {
  Sample sample;
  if (histogram.n_zeros > 0) sample = {{0}, {histogram.n_zeros}, {}};
  for (const double count : histogram.counts) sample.x.push_back(std::log10(count + 1));
  sample.n.insert(sample.n.end(), histogram.frequencies.begin(), histogram.frequencies.end());
  if (sample.x.size() < 2) return std::nullopt;
  constexpr double kFirstVariance = 0.25;  // of Cell Ranger's natural logarithms
  std::optional<TwoNormals> best;
  for (int start = 1; start <= kNormalStarts; ++start) {
    TwoNormals fit;
    fit.high = sample.x.back() * start / kNormalStarts;
    fit.variance = kFirstVariance / (std::numbers::ln10 * std::numbers::ln10);
    climb(sample, fit);
    if (fit.low < fit.high) keep_better(best, fit);
  }
  return best;
}

}  // namespace gracevae::impl
