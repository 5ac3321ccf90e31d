#include "evaluate/graph_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

bool is_edge(double weight, double threshold) { return weight != 0 && std::abs(weight) >= threshold; }

using Edge = std::pair<std::int64_t, std::int64_t>;

std::vector<Edge> edges_of(const PlacedTruth& truth) {
  std::vector<Edge> edges;
  for (std::int64_t i = 0; i < truth.weights.n_rows; ++i)
    for (std::int64_t j = 0; j < truth.weights.n_cols; ++j)
      if (truth.weights(i, j) != 0) edges.emplace_back(i, j);
  return edges;
}

/// How well an order of the latents agrees with the placed true edges: Σ_e E[o_e] and Σ_{e≠f} E[o_e o_f].
struct Agreement {
  double edges = 0, pairs = 0;
};

/// Probability that a random order agrees with both of two different edges of an acyclic graph.
double both_agree(const Edge& e, const Edge& f) {
  if (e.first == f.first || e.second == f.second) return 1.0 / 3;
  if (e.first == f.second || e.second == f.first) return 1.0 / 6;
  return 1.0 / 4;
}

Agreement agreement_of(const PlacedTruth& truth, ChanceOrder order) {
  if (order == ChanceOrder::fitted) {
    const auto n = static_cast<double>(truth.n_placed - order_violations(truth));
    return {n, n * (n - 1)};
  }
  const std::vector<Edge> edges = edges_of(truth);
  Agreement agreement{static_cast<double>(edges.size()) / 2, 0};
  for (std::size_t e = 0; e < edges.size(); ++e)
    for (std::size_t f = 0; f < e; ++f) agreement.pairs += 2 * both_agree(edges[e], edges[f]);
  return agreement;
}

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

double root(double variance) { return std::sqrt(std::max(0.0, variance)); }

/// Ordered pairs that a true edge can be, the lost ones counted one each.
double n_candidates(const PlacedTruth& truth) {
  const auto d = static_cast<double>(truth.weights.n_rows);
  return d * (d - 1) + static_cast<double>(truth.n_lost);
}

/// E[Σ over right edges of precision at their rank] / T, ranks 1 … m drawn at random; what is not among them shares the
/// last place.
double expected_average_precision(const PlacedTruth& truth, const Agreement& agreement, double n_pairs, double m) {
  const auto n_true = static_cast<double>(truth.n_edges());
  if (n_true == 0) return std::numeric_limits<double>::quiet_NaN();
  const double one = ratio(agreement.edges, n_pairs), two = ratio(agreement.pairs, n_pairs * (n_pairs - 1));
  double area = 0;
  for (double rank = 1; rank <= m; ++rank) area += (one + (rank - 1) * two) / rank;
  return (area + (n_true - m * one) * n_true / n_candidates(truth)) / n_true;
}

}  // namespace

EdgeScores edge_scores(const PlacedTruth& truth, const Matrix<double>& weights, double threshold) {
  GRACEVAE_CHECK(truth.weights.n_rows == weights.n_rows, "truth and fit have the same latents");
  EdgeScores scores;
  scores.n_true = scores.hamming = truth.n_lost;
  for (std::int64_t i = 0; i < weights.n_rows; ++i)
    for (std::int64_t j = 0; j < weights.n_cols; ++j) {
      if (i == j) continue;
      const double true_weight = truth.weights(i, j);
      const bool is_true = true_weight != 0, back_true = truth.weights(j, i) != 0;
      const bool is_found = is_edge(weights(i, j), threshold), back_found = is_edge(weights(j, i), threshold);
      scores.n_true += is_true;
      scores.n_found += is_found;
      scores.n_right += is_true && is_found;
      scores.n_reversed += back_true && is_found;
      scores.right_sign += is_true && is_found && (true_weight > 0) == (weights(i, j) > 0);
      if (i < j) scores.hamming += is_true != is_found || back_true != back_found;
    }
  return scores;
}

double average_precision(const PlacedTruth& truth, const Matrix<double>& weights) {
  const auto n_true = static_cast<double>(truth.n_edges());
  if (n_true == 0) return std::numeric_limits<double>::quiet_NaN();
  std::vector<std::pair<double, bool>> pairs(static_cast<std::size_t>(truth.n_lost), {0.0, true});
  for (std::int64_t i = 0; i < weights.n_rows; ++i)
    for (std::int64_t j = 0; j < weights.n_cols; ++j)
      if (i != j) pairs.emplace_back(std::abs(weights(i, j)), truth.weights(i, j) != 0);
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  double area = 0, right = 0;
  for (std::size_t i = 0; i < pairs.size();) {
    std::size_t next = i;
    double more = 0;
    for (; next < pairs.size() && pairs[next].first == pairs[i].first; ++next) more += pairs[next].second;
    right += more;
    area += more / n_true * right / static_cast<double>(next);
    i = next;
  }
  return area;
}

std::int64_t order_violations(const PlacedTruth& truth) {
  const std::vector<Edge> edges = edges_of(truth);
  return std::count_if(edges.begin(), edges.end(), [](const Edge& edge) { return edge.first > edge.second; });
}

ChanceScores chance_scores(const PlacedTruth& truth, std::int64_t n_edges, ChanceOrder order) {
  const Agreement agreement = agreement_of(truth, order);
  const auto d = static_cast<double>(truth.weights.n_rows), m = static_cast<double>(n_edges);
  const auto n_placed = static_cast<double>(truth.n_placed), n_true = static_cast<double>(truth.n_edges());
  const double n_pairs = d * (d - 1) / 2;
  const double one = ratio(m, n_pairs), two = ratio(m * (m - 1), n_pairs * (n_pairs - 1));  // E[s_e], E[s_e s_f]

  const double right = one * agreement.edges, met = one * n_placed;  // E[TP], E[S]
  const double right_variance = right + two * agreement.pairs - right * right;
  const double met_variance = met + two * n_placed * (n_placed - 1) - met * met;
  const double covariance = right + two * (n_placed - 1) * agreement.edges - right * met;

  ChanceScores chance;
  chance.precision = ratio(right, m);
  chance.recall = n_true > 0 ? right / n_true : 1;
  chance.f1 = m + n_true > 0 ? 2 * right / (m + n_true) : 1;
  chance.f1_sd = ratio(2 * root(right_variance), m + n_true);
  chance.hamming = m - met + n_true - right;
  chance.hamming_sd = root(right_variance + met_variance + 2 * covariance);
  chance.average_precision = expected_average_precision(truth, agreement, n_pairs, m);
  return chance;
}

}  // namespace gracevae::impl
