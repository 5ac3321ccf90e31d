#pragma once
/// @file Maximum mean discrepancy of rows that are mostly alike.
#include "base/common_rows.hpp"
#include "kernels/mmd.hpp"

namespace gracevae::impl::kernels {

/// mmd2_estimates in float64, from the Gram matrix of what rows do not have in common: where they have most in common,
/// products of few values in place of all.
/// @test tests/unit/kernels/mmd_test.cpp
MmdEstimates mmd2_estimates(const CommonRows& a, const CommonRows& b, const MmdOptions& options);

}  // namespace gracevae::impl::kernels
