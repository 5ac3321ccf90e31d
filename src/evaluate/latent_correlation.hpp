#pragma once
/// @file Correlation of true and fitted latents over control cells.
#include <filesystem>

#include "evaluate/latent_match.hpp"

namespace gracevae::impl {

/// Pearson correlations [true d, fitted d] over the control cells that a predictions file started from: the truth's u
/// against u = mechanism(μ), the fit's posterior mean of the same cell's noise sent through the fitted graph without an
/// intervention (μ alone is the noise, and would be compared with something else). A cell that was used several times
/// counts once. 0 where a side is constant. Empty where truth or file do not hold these latents, fewer than 3 cells are
/// common, or the mechanism is not linear or relu.
/// @test tests/unit/evaluate/latent_correlation_test.cpp
Matrix<double> latent_correlations(const KnownGraph& truth, const LearnedGraph& fit,
                                   const std::filesystem::path& predictions);

/// Mean |correlation| over the matched latents; NaN where none is known.
double matched_correlation(const Matrix<double>& correlation, const LatentMatch& match);
/// What it would be in the mean if the matched true latents had been given fitted latents at random.
double correlation_by_chance(const Matrix<double>& correlation, const LatentMatch& match);

}  // namespace gracevae::impl
