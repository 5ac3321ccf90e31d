#pragma once
/// @file Which labels the fit of the latent graph will take, told before a run begins.
#include <cstdint>

#include "screen/screen.hpp"

namespace gracevae::impl {

/// Singles whose mean shift from control stands out of its sampling error, χ² > p + 4·√(2p) over the p genes, where
/// this share of their cells trains, and is not what clearer ones do (own_directions of train/shift_coordinates.cpp;
/// variances are those of control cells here). Cost: one pass over the cells, and labels x axes x genes.
/// @test tests/unit/experiment/clear_shifts_test.cpp
std::int64_t n_clear_shifts(const Screen& screen, double training_share);

}  // namespace gracevae::impl
