#pragma once
/// @file Two normal components, the first of them known: which share of some values comes from it.
#include <cstdint>
#include <span>

#include "base/random.hpp"
#include "screen/measured.hpp"

namespace gracevae::impl {

/// What is known: the values of control.
struct NormalComponent {
  double mean = 0, sd = 1;
};
/// Mean and standard deviation (n − 1) of values.
NormalComponent component_of(std::span<const double> values);

/// control_share · N(control) + (1 − control_share) · N(mean, sd).
struct Mixture {
  NormalComponent control, other;
  double control_share = 0;

  /// Distance of the two means in units of the first's standard deviation.
  double separation() const { return (other.mean - control.mean) / control.sd; }
  /// P(not control | value), between 0 and 1.
  double probability_other(double value) const;
};

/// Maximum likelihood by EM from three starts (shares .1, .5, .9), the best of them. The other component's mean is at
/// least control's, its standard deviation between half and twice control's: a component that may be anything explains
/// one outlier. `control.sd` must be above 0 and there must be a value.
/// @test tests/unit/screen/mixture_test.cpp
Mixture fit_mixture(std::span<const double> values, const NormalComponent& control);

/// The share alone, for some of the values (those of one guide), both components as they are; its error is from the
/// Fisher information of the share.
Measured control_share_of(std::span<const double> values, const Mixture& mixture);

/// Standard error of the share by the bootstrap: values and control values are drawn anew and the mixture is fitted
/// again from where it was. Cost: n_draws fits.
double bootstrap_share_error(std::span<const double> values, std::span<const double> control_values,
                             const Mixture& mixture, Random random, int n_draws = 50);

}  // namespace gracevae::impl
