#pragma once
/// @file Schedules of the loss weights and the temperature over the epochs.
#include <cstdint>

namespace gracevae::impl {

/// Final values and shape of the ramps.
struct ScheduleOptions {
  double alpha_max = 8;     ///< weight of the MMD
  double beta_max = 2;      ///< weight of the KL
  double tau_max = 4;       ///< temperature of the intervention encoder's softmax: larger is sharper
  bool constant = false;    ///< all at their final values from the first epoch: for runs that start from the data
  bool paper_text = false;  ///< β by the midpoint and τ = 1 for the first half, as the paper's text says; default: as
                            ///< in its experiments
};

/// Values during one epoch.
struct Schedule {
  double alpha = 0, beta = 0, tau = 1;
};

/// Epoch e of E, from 0. Default: α = 0 for e < 5, then linear to alpha_max over e = 5 … E/2−1; β = 0 for e < 10, then
/// linear to beta_max over e = 10 … E−1; τ = 1 for e < 5, then linear to tau_max over e = 5 … E−1. With too few epochs
/// a ramp jumps to its end.
/// @paper GraCE-VAE (training schedule)
/// @test tests/golden/golden_test.cpp
Schedule schedule_at(std::int64_t epoch, std::int64_t n_epochs, const ScheduleOptions& options);

}  // namespace gracevae::impl
