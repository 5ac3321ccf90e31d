// Scores of small graphs counted by hand, and chance against every graph there is.
#include "evaluate/graph_scores.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "unit/evaluate/small_graphs.hpp"

namespace gracevae::impl {
namespace {

using test::fit_of_three;
using test::matrix;
using test::truth_of_three;

PlacedTruth placed(const Matrix<double>& weights, std::int64_t n_lost = 0) {
  return {weights, n_lost,
          std::count_if(weights.values.begin(), weights.values.end(), [](double w) { return w != 0; })};
}

/// Truth in the fit's numbers: 0 → 1 (−1), 1 → 2 (0.5).
PlacedTruth placed_three() {
  return place_truth(truth_of_three(), fit_of_three(), match_latents(truth_of_three(), fit_of_three()));
}

TEST(EdgeScores, ByHand) {
  const Matrix<double> weights = fit_of_three().weights;  // 0 → 1 −0.8, 1 → 2 0.4, 0 → 2 0.1
  const EdgeScores exact = edge_scores(placed_three(), weights, 0.2);
  EXPECT_EQ(exact.n_true, 2);
  EXPECT_EQ(exact.n_right, 2);
  EXPECT_EQ(exact.right_sign, 2);
  EXPECT_EQ(exact.hamming, 0);
  EXPECT_EQ(exact.f1(), 1);
  const EdgeScores more = edge_scores(placed_three(), weights, 0.1);
  EXPECT_EQ(more.n_found, 3);
  EXPECT_NEAR(more.precision(), 2.0 / 3, 1e-12);
  EXPECT_EQ(more.recall(), 1);
  EXPECT_EQ(more.hamming, 1);
  EXPECT_NEAR(more.f1(), 0.8, 1e-12);
  const EdgeScores fewer = edge_scores(placed_three(), weights, 0.5);
  EXPECT_EQ(fewer.n_found, 1);
  EXPECT_EQ(fewer.recall(), 0.5);
  EXPECT_EQ(edge_scores(placed_three(), matrix({{0, 0.8, 0}, {0, 0, 0}, {0, 0, 0}}), 0.2).right_sign, 0);
}

TEST(EdgeScores, AnEdgeAtTheThresholdCountsAndNoneOfWeightZero) {
  EXPECT_EQ(edge_scores(placed_three(), fit_of_three().weights, 0.4).n_found, 2);
  EXPECT_EQ(edge_scores(placed_three(), Matrix<double>(3, 3), 0).n_found, 0);
}

TEST(EdgeScores, AReversedEdgeIsOneStepAway) {
  const EdgeScores scores = edge_scores(placed(matrix({{0, 0}, {1, 0}})), matrix({{0, 1}, {0, 0}}), 0.5);
  EXPECT_EQ(scores.hamming, 1);
  EXPECT_EQ(scores.n_reversed, 1);
  EXPECT_EQ(scores.n_right, 0);
  EXPECT_EQ(scores.precision(), 0);
}

TEST(EdgeScores, LostEdgesAreMissing) {
  const EdgeScores scores = edge_scores(placed(matrix({{0, 1}, {0, 0}}), 3), matrix({{0, 1}, {0, 0}}), 0.5);
  EXPECT_EQ(scores.n_true, 4);
  EXPECT_EQ(scores.hamming, 3);
  EXPECT_EQ(scores.precision(), 1);
  EXPECT_EQ(scores.recall(), 0.25);
}

TEST(EdgeScores, NoEdgeAnywhere) {
  const EdgeScores scores = edge_scores(placed(Matrix<double>(3, 3)), Matrix<double>(3, 3), 0.1);
  EXPECT_EQ(scores.f1(), 1);
  EXPECT_EQ(scores.recall(), 1);
  EXPECT_EQ(scores.hamming, 0);
  const EdgeScores empty = edge_scores(placed_three(), Matrix<double>(3, 3), 0.1);
  EXPECT_EQ(empty.hamming, 2);
  EXPECT_EQ(empty.precision(), 0);
  EXPECT_EQ(empty.f1(), 0);
}

TEST(AveragePrecision, ByHandAndWithTies) {
  const PlacedTruth truth = placed(matrix({{0, 1, 1}, {0, 0, 0}, {0, 0, 0}}));
  // Ranked: 0→1 (right), 1→2 (wrong), 0→2 (right), then zeros: (1/1 + 2/3) / 2.
  EXPECT_NEAR(average_precision(truth, matrix({{0, 0.9, -0.2}, {0, 0, 0.5}, {0, 0, 0}})), (1 + 2.0 / 3) / 2, 1e-12);
  // All equal: the share of true edges. A lost one is a pair more.
  EXPECT_NEAR(average_precision(truth, Matrix<double>(3, 3)), 2.0 / 6, 1e-12);
  EXPECT_NEAR(average_precision(placed(truth.weights, 1), Matrix<double>(3, 3)), 3.0 / 7, 1e-12);
  EXPECT_TRUE(std::isnan(average_precision(placed(Matrix<double>(2, 2)), matrix({{0, 1}, {0, 0}}))));
}

/// The same by thresholds: at every distinct |weight|, recall gained times precision there.
double area_by_thresholds(const PlacedTruth& truth, const Matrix<double>& weights) {
  std::vector<double> thresholds;
  for (const double w : weights.values)
    if (w != 0) thresholds.push_back(std::abs(w));
  std::sort(thresholds.begin(), thresholds.end(), std::greater<>());
  double area = 0, recall = 0;
  for (const double threshold : thresholds) {
    const EdgeScores scores = edge_scores(truth, weights, threshold);
    area += (scores.recall() - recall) * scores.precision();
    recall = scores.recall();
  }
  const auto d = static_cast<double>(weights.n_rows), n_lost = static_cast<double>(truth.n_lost);
  return area + (1 - recall) * static_cast<double>(truth.n_edges()) / (d * (d - 1) + n_lost);
}

TEST(AveragePrecision, IsTheAreaOverAllThresholds) {
  Random random(4, "area");
  for (int round = 0; round < 50; ++round) {
    Matrix<double> truth(6, 6), weights(6, 6);
    for (std::int64_t i = 0; i < 6; ++i)
      for (std::int64_t j = i + 1; j < 6; ++j) {
        (random.uniform() < 0.7 ? truth(i, j) : truth(j, i)) = random.uniform() < 0.4;
        weights(i, j) = std::round(6 * random.normal()) / 6;  // some 0, some equal
      }
    const PlacedTruth known = placed(truth, round % 3);
    if (known.n_edges() > 0) {
      EXPECT_NEAR(average_precision(known, weights), area_by_thresholds(known, weights), 1e-12);
    }
  }
}

TEST(OrderViolations, AreEdgesAgainstTheOrder) {
  EXPECT_EQ(order_violations(placed_three()), 0);
  EXPECT_EQ(order_violations(placed(matrix({{0, 0, 1}, {1, 0, 0}, {0, 0, 0}}), 5)), 1);
}

/// Scores of every graph of `n_edges` edges, each as often as chance gives it: all orders (or the one given), and all
/// ways to rank the pairs, of which the first have weights that fall.
struct Enumerated {
  std::vector<double> precision, recall, f1, hamming, area;
};
Enumerated enumerate(const PlacedTruth& truth, std::int64_t n_edges, ChanceOrder order) {
  const std::int64_t d = truth.weights.n_rows;
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t a = 0; a < d; ++a)
    for (std::int64_t b = a + 1; b < d; ++b) pairs.emplace_back(a, b);
  std::vector<std::int64_t> places(static_cast<std::size_t>(d));
  std::iota(places.begin(), places.end(), 0);
  Enumerated all;
  do {
    std::vector<std::size_t> ranks(pairs.size());
    std::iota(ranks.begin(), ranks.end(), 0);
    do {
      Matrix<double> graph(d, d);
      for (std::size_t k = 0; k < static_cast<std::size_t>(n_edges); ++k)
        graph(places[static_cast<std::size_t>(pairs[ranks[k]].first)],
              places[static_cast<std::size_t>(pairs[ranks[k]].second)]) = 1 / (1 + static_cast<double>(k));
      const EdgeScores scores = edge_scores(truth, graph, 0);
      all.precision.push_back(scores.precision());
      all.recall.push_back(scores.recall());
      all.f1.push_back(scores.f1());
      all.hamming.push_back(static_cast<double>(scores.hamming));
      all.area.push_back(average_precision(truth, graph));
    } while (std::next_permutation(ranks.begin(), ranks.end()));
  } while (order == ChanceOrder::random && std::next_permutation(places.begin(), places.end()));
  return all;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

void expect_exact(const PlacedTruth& truth) {
  const std::int64_t n_pairs = truth.weights.n_rows * (truth.weights.n_rows - 1) / 2;
  for (const ChanceOrder order : {ChanceOrder::random, ChanceOrder::fitted})
    for (std::int64_t m = 0; m <= n_pairs; m += truth.weights.n_rows == 3 ? 1 : 2) {
      const Enumerated all = enumerate(truth, m, order);
      const ChanceScores chance = chance_scores(truth, m, order);
      const std::string where = "edges " + std::to_string(m) + (order == ChanceOrder::random ? " random" : " fitted");
      EXPECT_NEAR(chance.precision, mean_of(all.precision), 1e-12) << where;
      EXPECT_NEAR(chance.recall, mean_of(all.recall), 1e-12) << where;
      EXPECT_NEAR(chance.f1, mean_of(all.f1), 1e-12) << where;
      EXPECT_NEAR(chance.f1_sd, deviation_of(all.f1), 1e-7) << where;
      EXPECT_NEAR(chance.hamming, mean_of(all.hamming), 1e-12) << where;
      EXPECT_NEAR(chance.hamming_sd, deviation_of(all.hamming), 1e-7) << where;
      EXPECT_NEAR(chance.average_precision, mean_of(all.area), 1e-12) << where;
    }
}

TEST(ChanceScores, AreExactForEveryGraphOfThreeLatents) {
  expect_exact(placed_three());                                        // a chain
  expect_exact(placed(matrix({{0, 0, 1}, {1, 0, 1}, {0, 0, 0}})));     // all pairs, one against the order
  expect_exact(placed(matrix({{0, 0, 0}, {1, 0, 0}, {1, 0, 0}})));     // two into one, both against it
  expect_exact(placed(matrix({{0, 1, 0}, {0, 0, 0}, {0, 0, 0}}), 2));  // two lost edges
}

TEST(ChanceScores, AreExactForEveryGraphOfFourLatents) {
  expect_exact(placed(matrix({{0, 1, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 1}, {0, 1, 0, 0}})));  // some share no latent
}

TEST(ChanceScores, OfNothing) {
  const ChanceScores chance = chance_scores(placed(Matrix<double>(1, 1)), 0, ChanceOrder::random);
  EXPECT_EQ(chance.f1, 1);
  EXPECT_EQ(chance.hamming, 0);
  EXPECT_TRUE(std::isnan(chance.average_precision));
}

}  // namespace
}  // namespace gracevae::impl
