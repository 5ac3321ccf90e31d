#pragma once
/// @file Which edges a latent graph has, and how strong they are: from moments alone, without an order.
#include "train/graph_fit.hpp"

namespace gracevae::impl {

struct ChosenGraph {
  GraphValues values;  ///< fitted without a norm; edges that were not kept are 0, what is left has no cycle
  std::vector<std::int64_t> order;  ///< of the axes, causes before effects
  LatentMoments latents;
  double half_chi_square = 0;
  std::int64_t n_edges = 0;
  std::int64_t n_cut = 0;  ///< edges taken out because they closed a cycle
  double threshold = 0;    ///< |weight| below which edges were dropped
};

/// Fits all edges at once with an L1 norm, by proximal steps whose norm falls from what lets few edges in to its last
/// value; then drops edges below one threshold after the other, cuts cycles at their weakest edge and refits without
/// the norm, with the means free; takes the threshold of the least Bayesian information criterion. More than 150 labels
/// are drawn in batches, control with each. Deterministic given the seed and the number of threads; reports progress.
/// @throws Interrupted on request.
/// @test tests/unit/train/graph_search_test.cpp
ChosenGraph choose_graph(const GraphMoments& moments, const GraphModel& model, std::uint64_t seed);

/// Takes the weakest edge of a cycle out of graph [m, m] until there is no cycle; returns how many.
std::int64_t cut_cycles(std::span<double> graph, std::int64_t m);

/// An order of the latents of a graph [m, m] without cycles, causes first.
std::vector<std::int64_t> causes_first(std::span<const double> graph, std::int64_t m);

/// Standard normal noise [n, d] whose sample means, covariances and odd moments are exact, so that few draws suffice.
/// n is at least 4·d.
Tensor draw_exact_noise(std::int64_t n, std::int64_t d, std::uint64_t seed);

}  // namespace gracevae::impl
