#pragma once
/// @file Coordinates of a mixing that is a polynomial of second degree.
#include <optional>

#include "train/shift_coordinates.hpp"

namespace gracevae::impl {

/// More axes than this take too long: the cost of a step grows with their fourth power.
inline constexpr std::int64_t kMostPolynomialAxes = 12;

/// Coordinates on the labels of `linear` for genes that are polynomials of second degree in the latents, with loadings
/// of full rank, so that the latents themselves are linear in the genes (the condition of Zhang et al. 2023,
/// "Identifiability Guarantees for Causal Disentanglement from Soft Interventions"). Of all coordinates z in which
/// every label moves its own axis alone, those from which the genes come out best as z and the products z_i·z_j. Noise
/// is taken as normal and of the same variance in every gene; it is taken out of the moments that the fit works with.
/// None where polynomials leave more than 1 % of the genes' signal unexplained, and where they cannot be told from
/// linear ones: when the genes vary in no more directions than there are axes, are too few (d·(d + 3)/2 + 2 for d axes)
/// or more than 2,000, or the axes are 1 or more than kMostPolynomialAxes.
/// @paper GraCE-VAE (identifiability, polynomial mixing)
/// @throws Interrupted on request.
/// @test tests/unit/train/polynomial_coordinates_test.cpp
std::optional<ShiftCoordinates> polynomial_coordinates(const RunData& data, const RegimeMoments& moments,
                                                       const ShiftCoordinates& linear);

}  // namespace gracevae::impl
