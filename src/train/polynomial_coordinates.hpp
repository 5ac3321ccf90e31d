#pragma once
/// @file Coordinates for a mixing that is a polynomial of degree two.
#include <optional>

#include "train/shift_coordinates.hpp"

namespace gracevae::impl {

/// More axes than this take too long: the cost of a step grows with their fourth power.
inline constexpr std::int64_t kMostPolynomialAxes = 12;

/// Coordinates on the labels of `linear` for genes that are polynomials of degree two in the latents with loadings of
/// full rank, so that the latents are linear in the genes (the condition of Zhang et al. 2023, "Identifiability
/// Guarantees for Causal Disentanglement from Soft Interventions"). Of all coordinates z in which every label moves its
/// own axis alone, the ones that explain the genes best by z and the products z_i·z_j. Noise is assumed normal with the
/// same variance in every gene and is subtracted from the moments. Returns nullopt if polynomials leave more than 1 %
/// of the genes' signal unexplained or cannot be distinguished from linear ones: if the genes vary in no more
/// directions than there are axes, are fewer than d·(d + 3)/2 + 2 for d axes or more than 2,000, or there are 1 or more
/// than kMostPolynomialAxes axes.
/// @paper GraCE-VAE (identifiability, polynomial mixing)
/// @throws Interrupted on request.
/// @test tests/unit/train/polynomial_coordinates_test.cpp
std::optional<ShiftCoordinates> polynomial_coordinates(const RunData& data, const RegimeMoments& moments,
                                                       const ShiftCoordinates& linear);

}  // namespace gracevae::impl
