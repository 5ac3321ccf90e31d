#pragma once
/// @file UMAP's graph: how surely two points belong together.
#include <cstdint>
#include <span>
#include <vector>

#include "stats/neighbours.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// The local metric of a point: a neighbour at distance d belongs to it to the degree exp(−max(0, d − ρ)/σ).
struct LocalScale {
  double rho = 0, sigma = 0;
};

/// ρ is the distance of the nearest other point that is not at distance 0 (0 where there is none); σ is such that the
/// degrees of the neighbours but the first, the point itself, sum to log2(k): 64 bisections, to 1e-5. σ is at least
/// 1e-3 of the mean distance to the neighbours, or of `overall_mean` where ρ = 0.
/// @param distances [k] of one point, ascending
/// Source: McInnes, Healy and Melville 2018 (arXiv:1802.03426), algorithm 3, with umap-learn's lower bound.
LocalScale local_scale(std::span<const float> distances, double overall_mean);

/// The fuzzy union of the local neighbourhoods: A + Aᵀ − A∘Aᵀ, A_ij the degree to which j belongs to i. Symmetric, no
/// diagonal, entries in (0, 1]. [n, n] Source: the same article, section 3.1.
/// @test tests/unit/stats/umap_test.cpp
CsrMatrix<float> fuzzy_union(const Neighbours& neighbours);

/// The connected component of every point, numbered in order of their first points.
std::vector<std::int32_t> connected_components(const CsrMatrix<float>& graph);

}  // namespace gracevae::impl
