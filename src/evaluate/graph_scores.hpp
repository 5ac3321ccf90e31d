#pragma once
/// @file Scores of a fitted graph against the true one, and what chance would give.
///
/// All in the fitted latents' numbers (PlacedTruth): d latents, n = d(d−1)/2 pairs of them, T true edges of which P are
/// placed, m fitted edges.
#include <cstdint>

#include "evaluate/latent_match.hpp"

namespace gracevae::impl {

/// Edges by threshold. A true edge that is found the other way round is a wrong edge and a missing one, but one step of
/// the Hamming distance. An edge at a fitted latent that has no match is a wrong one.
struct EdgeScores {
  std::int64_t n_found = 0, n_right = 0, n_true = 0;
  std::int64_t n_reversed = 0;  ///< found edges that the truth has the other way round
  std::int64_t hamming = 0;     ///< unordered pairs that differ (absent, →, ←), and every lost true edge
  std::int64_t right_sign = 0;  ///< of the right ones, those with the true sign
  double precision() const { return n_found > 0 ? static_cast<double>(n_right) / static_cast<double>(n_found) : 0; }
  double recall() const { return n_true > 0 ? static_cast<double>(n_right) / static_cast<double>(n_true) : 1; }
  double f1() const {
    return n_found + n_true > 0 ? 2 * static_cast<double>(n_right) / static_cast<double>(n_found + n_true) : 1;
  }
};
/// An edge counts where |weight| ≥ threshold and is not 0.
EdgeScores edge_scores(const PlacedTruth& truth, const Matrix<double>& weights, double threshold);

/// Area under the precision-recall curve of |weight| over all ordered pairs, as average precision
/// Σ_k (R_k − R_{k−1})·P_k; equal weights enter together, so an empty graph has the share of true edges among the
/// pairs. Every lost true edge stands for a pair of weight 0 more. NaN without true edges.
double average_precision(const PlacedTruth& truth, const Matrix<double>& weights);

/// Placed true edges i → j whose latents stand the other way round in the fit, which could never have held them.
std::int64_t order_violations(const PlacedTruth& truth);

/// How m edges are placed by chance: on m of the n pairs, all choices alike, each from the earlier to the later latent.
enum class ChanceOrder {
  random,  ///< in an order of the latents drawn anew
  fitted   ///< in the fit's order
};

/// Mean and standard deviation of edge scores over graphs of m edges placed by chance: exact, nothing is drawn.
struct ChanceScores {
  double precision = 0, recall = 0;
  double f1 = 0, f1_sd = 0;
  double hamming = 0, hamming_sd = 0;
  double average_precision = 0;  ///< of weights in random order on the m pairs, 0 elsewhere; NaN without true edges
};
/// With s_e = 1 where the pair of the placed true edge e holds a fitted edge, o_e = 1 where the order of latents agrees
/// with e, TP = Σ s_e o_e and S = Σ s_e: precision TP/m, recall TP/T, F1 2TP/(m + T), Hamming distance m − S + T − TP.
/// E[s_e] = m/n, E[s_e s_f] = m(m−1)/(n(n−1)); in a random order E[o_e] = 1/2 and E[o_e o_f] = 1/4 for edges without a
/// common latent, 1/3 for those that leave or enter the same one, 1/6 for e entering what f leaves. Cost O(P²).
/// @test tests/unit/evaluate/graph_scores_test.cpp against every graph of three and four latents
ChanceScores chance_scores(const PlacedTruth& truth, std::int64_t n_edges, ChanceOrder order);

}  // namespace gracevae::impl
