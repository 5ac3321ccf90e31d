#include "stats/normal_mixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr double kLeastSd = 0.5, kMostSd = 2;  // of the other component, in units of the known one's
constexpr int kMostSteps = 500;
constexpr double kTolerance = 1e-6;  // of the share

/// Without 1/√2π, which cancels wherever it is used.
double density(double value, const NormalComponent& component) {
  const double z = (value - component.mean) / component.sd;
  return std::exp(-z * z / 2) / component.sd;
}

/// Both densities are 0 far away from both means: then the nearer mean, in its own units, decides.
double probability(double value, const Mixture& mixture) {
  const double a = mixture.known_share * density(value, mixture.known);
  const double b = (1 - mixture.known_share) * density(value, mixture.other);
  if (a + b > 0) return b / (a + b);
  return std::abs(value - mixture.known.mean) / mixture.known.sd >
                 std::abs(value - mixture.other.mean) / mixture.other.sd
             ? 1
             : 0;
}

double log_likelihood(std::span<const double> values, const Mixture& mixture) {
  double sum = 0;
  for (const double value : values)
    sum += std::log(std::max(mixture.known_share * density(value, mixture.known) +
                                 (1 - mixture.known_share) * density(value, mixture.other),
                             std::numeric_limits<double>::min()));
  return sum;
}

/// EM from where the mixture is.
void climb(std::span<const double> values, Mixture& mixture) {
  const auto n = static_cast<double>(values.size());
  for (int step = 0; step < kMostSteps; ++step) {
    double weight = 0, sum = 0, square = 0;
    for (const double value : values) {
      const double p = probability(value, mixture), d = value - mixture.known.mean;
      weight += p;
      sum += p * d;
      square += p * d * d;
    }
    const double share = 1 - weight / n;
    if (weight > 0) {
      const double shift = std::max(0.0, sum / weight);
      const double variance = square / weight - 2 * shift * sum / weight + shift * shift;
      mixture.other.mean = mixture.known.mean + shift;
      mixture.other.sd =
          std::clamp(std::sqrt(std::max(variance, 0.0)), kLeastSd * mixture.known.sd, kMostSd * mixture.known.sd);
    }
    const bool done = std::abs(share - mixture.known_share) < kTolerance;
    mixture.known_share = share;
    if (done) return;
  }
}

std::vector<double> drawn_anew(std::span<const double> values, Random& random) {
  std::vector<double> drawn(values.size());
  for (double& value : drawn) value = values[static_cast<std::size_t>(random.below(values.size()))];
  return drawn;
}

}  // namespace

NormalComponent component_of(std::span<const double> values) { return {mean_of(values), sample_sd(values)}; }

double Mixture::probability_other(double value) const { return probability(value, *this); }

Mixture fit_mixture(std::span<const double> values, const NormalComponent& known) {
  Mixture best;
  double most = -std::numeric_limits<double>::infinity();
  const double mean = mean_of(values);
  for (const double share : {0.1, 0.5, 0.9}) {
    Mixture mixture{known, {0, known.sd}, share};
    mixture.other.mean = std::max(known.mean + 0.1 * known.sd, (mean - share * known.mean) / (1 - share));
    climb(values, mixture);
    const double likelihood = log_likelihood(values, mixture);
    if (likelihood <= most) continue;
    most = likelihood;
    best = mixture;
  }
  return best;
}

Measured known_share_of(std::span<const double> values, const Mixture& mixture) {
  Mixture own = mixture;
  own.known_share = 0.5;
  for (int step = 0; step < kMostSteps; ++step) {
    double weight = 0;
    for (const double value : values) weight += probability(value, own);
    const double share = 1 - weight / static_cast<double>(values.size());
    const bool done = std::abs(share - own.known_share) < kTolerance;
    own.known_share = share;
    if (done) break;
  }
  double information = 0;
  for (const double value : values) {
    const double a = density(value, own.known), b = density(value, own.other);
    const double all = own.known_share * a + (1 - own.known_share) * b;
    if (all > 0) information += (a - b) / all * ((a - b) / all);
  }
  return {own.known_share, information > 0 ? 1 / std::sqrt(information) : std::nan("")};
}

double bootstrap_share_error(std::span<const double> values, std::span<const double> known_values,
                             const Mixture& mixture, Random random, int n_draws) {
  std::vector<double> shares;
  for (int draw = 0; draw < n_draws; ++draw) {
    const std::vector<double> again = drawn_anew(values, random);
    Mixture fit = mixture;
    fit.known = component_of(drawn_anew(known_values, random));
    fit.known_share = std::clamp(mixture.known_share, 0.02, 0.98);  // EM never leaves 0 or 1
    if (!(fit.known.sd > 0)) return std::nan("");
    climb(again, fit);
    shares.push_back(fit.known_share);
  }
  return sample_sd(shares);
}

}  // namespace gracevae::impl
