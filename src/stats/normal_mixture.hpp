#pragma once
/// @file Two normal components, the first of them known: which share of some values comes from it.
#include <cstdint>
#include <span>

#include "base/random.hpp"
#include "stats/measured.hpp"

namespace gracevae::impl {

/// A normal distribution.
struct NormalComponent {
  double mean = 0, sd = 1;
};
/// Mean and standard deviation (n − 1) of values.
NormalComponent component_of(std::span<const double> values);

/// known_share · N(known) + (1 − known_share) · N(mean, sd).
struct Mixture {
  NormalComponent known, other;
  double known_share = 0;

  /// Distance of the two means in units of the first's standard deviation.
  double separation() const { return (other.mean - known.mean) / known.sd; }
  /// P(of the other component | value), between 0 and 1.
  double probability_other(double value) const;
};

/// Maximum likelihood by EM from three starts (shares .1, .5, .9), the best of them. The other component's mean is at
/// least the known one's, its standard deviation between half and twice that: a component that may be anything explains
/// one outlier. `known.sd` must be above 0 and there must be a value.
/// @test tests/unit/stats/normal_mixture_test.cpp
Mixture fit_mixture(std::span<const double> values, const NormalComponent& known);

/// The share alone, for some of the values (a part of them), both components as they are; its error is from the
/// Fisher information of the share.
Measured known_share_of(std::span<const double> values, const Mixture& mixture);

/// Standard error of the share by the bootstrap: values and known values (of the known component) are drawn anew and
/// the mixture is fitted again from where it was. Cost: n_draws fits.
double bootstrap_share_error(std::span<const double> values, std::span<const double> known_values,
                             const Mixture& mixture, Random random, int n_draws = 50);

}  // namespace gracevae::impl
