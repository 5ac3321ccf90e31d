#pragma once
/// @file Structure recovery: a learned latent graph against the one that made the cells.
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "evaluate/latent_graph.hpp"

namespace gracevae {

/// Which latent of the fit stands for each true latent.
struct LatentMatch {
  std::vector<std::int64_t> fitted;  ///< [true d] latent of the fit, −1 where none could be named
  std::vector<int> sign;             ///< [true d] +1, or −1 where the fit counts the latent the other way round
  std::int64_t n_labels = 0;         ///< labels that hit exactly one true latent and are labels of the fit
  std::int64_t n_agreeing = 0;       ///< of these, the ones whose fitted latent is the match of their true one
};

/// The assignment of fitted to true latents under which most labels agree (Hungarian method, ties by the labels'
/// sharpness). The sign is that of Σ over the latent's labels of fitted shift x true shift. Labels without a latent, or
/// with several, take no part.
/// @test tests/unit/evaluate/structure_test.cpp
LatentMatch match_latents(const KnownGraph& truth, const LearnedGraph& fit);

/// The largest sum of score(i, match(i)) over one-to-one assignments of rows to columns: column of every row, −1 when
/// there are fewer columns than rows. Cost O(n³).
std::vector<std::int64_t> best_assignment(const Matrix<double>& score);

/// Fitted weights by the true latents' numbers, [true d, true d], 0 where a latent has no match; signs applied.
Matrix<double> matched_weights(const LearnedGraph& fit, const LatentMatch& match);

/// Edges by threshold. A true edge that is found the other way round is a wrong edge and a missing one, but one step of
/// the Hamming distance.
struct EdgeScores {
  std::int64_t n_found = 0, n_right = 0, n_true = 0;
  std::int64_t hamming = 0;     ///< unordered pairs that differ (absent, →, ←)
  std::int64_t right_sign = 0;  ///< of the right ones, those with the true sign
  double precision() const { return n_found > 0 ? static_cast<double>(n_right) / static_cast<double>(n_found) : 0; }
  double recall() const { return n_true > 0 ? static_cast<double>(n_right) / static_cast<double>(n_true) : 1; }
  double f1() const {
    return n_found + n_true > 0 ? 2 * static_cast<double>(n_right) / static_cast<double>(n_found + n_true) : 1;
  }
};
/// An edge counts where |weight| ≥ threshold and is not 0.
EdgeScores edge_scores(const Matrix<double>& truth, const Matrix<double>& weights, double threshold);

/// Area under the precision-recall curve of |weight| over all ordered pairs, as average precision; equal weights enter
/// together. Chance gives the share of true edges among the pairs. NaN without true edges.
double average_precision(const Matrix<double>& truth, const Matrix<double>& weights);

/// Mean and standard deviation of edge scores over drawn graphs.
struct ChanceScores {
  double f1 = 0, f1_sd = 0, precision = 0, recall = 0, hamming = 0, hamming_sd = 0;
};
/// Graphs of `n_edges` edges placed at random: over the pairs i → j that `order` allows (order[k]: the k-th latent),
/// or, when it is empty, over those of an order drawn anew each time. 1,000 draws.
ChanceScores chance_scores(const Matrix<double>& truth, std::int64_t n_edges, std::span<const std::int64_t> order,
                           Random random);

/// Everything above as metrics.json's "structure" (docs/metrics.md). `correlation`: mean |Pearson| of matched latents
/// over control cells, NaN when it is not known.
nlohmann::ordered_json structure_record(const KnownGraph& truth, const LearnedGraph& fit, double correlation,
                                        std::uint64_t seed);
/// The same as a table for the screen.
std::string structure_text(const nlohmann::ordered_json& structure);

/// Mean |Pearson correlation| over matched latents between the truth's u and the fit's posterior mean of u, on the
/// control cells that a predictions file started from; NaN where truth or file do not hold them, or the mechanism is
/// not linear or relu.
double latent_correlation(const KnownGraph& truth, const LearnedGraph& fit, const LatentMatch& match,
                          const std::filesystem::path& predictions);

}  // namespace gracevae
