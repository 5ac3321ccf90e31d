#pragma once
/// @file Which latent of a fit stands for which true latent, and the true graph in the fit's own numbers.
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "evaluate/latent_graph.hpp"

namespace gracevae::impl {

/// Which latent of the fit stands for each true latent.
struct LatentMatch {
  std::vector<std::int64_t> fitted;    ///< [true d] latent of the fit, −1 where none could be named
  std::vector<int> sign;               ///< [true d] +1, or −1 where the fit counts the latent the other way round
  std::vector<bool> by_correlation;    ///< [true d] matched by the cells' latents, since no label names it
  std::vector<std::string> off_match;  ///< labels whose fitted latent is not the match of a latent they hit
  std::int64_t n_labels = 0;           ///< labels that hit a true latent and are labels of the fit
  std::int64_t n_agreeing() const { return n_labels - static_cast<std::int64_t>(off_match.size()); }
};

/// The assignment of fitted to true latents under which most labels agree: a label agrees where the latent that it hits
/// in the fit is assigned to one that it hits in truth. Ties go by Σ sharpness · |shift on the latent| / Σ|shifts of
/// the label|. The sign is that of Σ over the latent's labels of fitted shift x true shift. True latents that are left
/// over are assigned to fitted ones that are left over so that Σ |correlation| is largest, where `correlation` [true d,
/// fitted d] is known (else empty), with its sign. Labels without a latent take no part. InputError when truth and fit
/// have labels, but none in common.
/// @test tests/unit/evaluate/latent_match_test.cpp
LatentMatch match_latents(const KnownGraph& truth, const LearnedGraph& fit, const Matrix<double>& correlation = {});

/// The true graph by the fitted latents' numbers, whose order is the fit's causal order.
struct PlacedTruth {
  Matrix<double> weights;     ///< [fitted d, fitted d] signs applied; entries below the diagonal contradict the order
  std::int64_t n_lost = 0;    ///< true edges with an end that has no match: they are always missing
  std::int64_t n_placed = 0;  ///< all others
  std::int64_t n_edges() const { return n_placed + n_lost; }
};
PlacedTruth place_truth(const KnownGraph& truth, const LearnedGraph& fit, const LatentMatch& match);

/// Average number of labels that would agree if every label hit a latent of the fit at random, over draws from
/// `random`, matched anew each time. Cost 200 assignments.
double agreeing_by_chance(const KnownGraph& truth, const LearnedGraph& fit, Random random);

}  // namespace gracevae::impl
