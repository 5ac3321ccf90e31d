// Gradients against differences, cycles, and a graph of twenty latents from moments alone.
#include "train/graph_fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "train/graph_search.hpp"
#include "train/regime_moments.hpp"

namespace gracevae::impl {
namespace {

Tensor normal(std::int64_t n, std::int64_t m, Random& random) {
  Tensor values = at::empty({n, m}, doubles());
  random.fill_normal(std::span(values.data_ptr<double>(), static_cast<std::size_t>(n * m)));
  return values;
}

/// Latents of a graph that is known, and the moments of their cells in coordinates in which label k moves axis k.
struct Known {
  std::int64_t m, n_edges = 0;
  std::vector<double> graph;  ///< [m, m]
  GraphMoments moments;

  Known(std::int64_t n_latents, double n_parents, std::int64_t n_cells, double noise, std::uint64_t seed)
      : m(n_latents), graph(static_cast<std::size_t>(m * m), 0) {
    Random random(seed, "known");
    std::vector<std::int64_t> causal(static_cast<std::size_t>(m));
    std::iota(causal.begin(), causal.end(), 0);
    random.shuffle(causal);
    for (std::size_t a = 0; a < causal.size(); ++a)
      for (std::size_t b = a + 1; b < causal.size(); ++b)
        if (random.uniform() < 2 * n_parents / static_cast<double>(m - 1)) {
          graph[static_cast<std::size_t>(causal[a] * m + causal[b])] =
              random.uniform(0.5, 1) * (random.uniform() < 0.2 ? -1 : 1);
          ++n_edges;
        }
    std::vector<Tensor> cells;
    for (std::int64_t k = -1; k < m; ++k) cells.push_back(draw(k, k < 0 ? 4 * n_cells : n_cells, causal, random));
    take_moments(cells, noise, random);
  }

  Tensor draw(std::int64_t label, std::int64_t n, const std::vector<std::int64_t>& causal, Random& random) const {
    Tensor u = normal(n, m, random);
    double* const values = u.data_ptr<double>();
    for (std::int64_t i = 0; i < n; ++i) {
      double* const cell = values + i * m;
      if (label >= 0) cell[label] += 4;
      for (const std::int64_t j : causal)
        for (std::int64_t p = 0; p < m; ++p)
          cell[j] += graph[static_cast<std::size_t>(p * m + j)] * std::max(cell[p], 0.0);
    }
    return u;
  }

  void take_moments(std::vector<Tensor>& cells, double noise, Random& random) {
    for (Tensor& x : cells) x = x + std::sqrt(noise) * normal(x.size(0), m, random);
    const Tensor centre = cells[0].mean(0);
    std::vector<Tensor> means;
    for (std::size_t k = 1; k < cells.size(); ++k) means.push_back(cells[k].mean(0) - centre);
    const Tensor unmix = 4 * at::linalg_inv(at::stack(means)), omega = noise * at::mm(unmix.t(), unmix);
    moments.mean = at::cat({at::zeros({1, m}, doubles()), 4 * at::eye(m, doubles())});
    for (const Tensor& x : cells) {
      const Tensor v = at::mm(x - x.mean(0), unmix);
      const Tensor covariance = at::mm(v.t(), v) / static_cast<double>(x.size(0) - 1);
      moments.count.push_back(static_cast<double>(x.size(0)));
      moments.signal.push_back(covariance - omega);
      moments.weight.push_back(at::linalg_inv(covariance));
    }
  }
};

/// Values as a fit might have them, with a graph of many edges; without cycles if asked for.
GraphValues some_values(std::int64_t m, bool cycles) {
  GraphValues values(m);
  Random random(3, "values");
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < m; ++j)
      if (i < j || (cycles && i > j))
        values.graph()[static_cast<std::size_t>(i * m + j)] = (i < j ? 0.4 : 0.05) * random.normal();
  for (double& x : values.log_shift()) x = std::log(3.5) + 0.1 * random.normal();
  for (double& x : values.bend()) x = 0.1 * random.normal();
  for (double& x : values.factor()) x = 0.7;
  for (double& x : values.log_noise()) x = 0.2;
  for (double& x : values.mean_error()) x = random.normal();
  return values;
}

std::vector<std::int64_t> all_labels(std::int64_t m) {
  std::vector<std::int64_t> labels(static_cast<std::size_t>(m));
  std::iota(labels.begin(), labels.end(), 0);
  return labels;
}

void expect_gradient(const GraphModel& model, bool cycles, double tolerance) {
  const Known known(6, 1.5, 300, 0.05, 2);
  GraphFit<double> fit(known.moments, model, draw_exact_noise(100, 6, 1), 0);
  GraphValues values = some_values(6, cycles), slope(6);
  fit.misfit(values, all_labels(6), &slope);
  for (std::size_t i = 0; i < values.all().size(); ++i) {
    double& x = values.all()[i];
    if (i < 36 && x == 0) continue;
    const double before = x, step = 1e-5;
    x = before + step;
    const double above = fit.misfit(values, all_labels(6), nullptr);
    x = before - step;
    const double below = fit.misfit(values, all_labels(6), nullptr);
    x = before;
    const double difference = (above - below) / (2 * step);
    EXPECT_NEAR(slope.all()[i], difference, tolerance * (1 + std::abs(difference))) << i;
  }
}

TEST(GraphFit, GradientIsThatOfTheMisfit) {
  expect_gradient({}, false, 1e-5);
  expect_gradient({.relu = true, .bends = true, .factors = true, .widens = true}, false, 1e-5);
  expect_gradient({.relu = false, .factors = true, .cuts = true}, false, 1e-5);
}

TEST(GraphFit, GradientHoldsThroughWeakCycles) { expect_gradient({.relu = true, .bends = true}, true, 1e-2); }

TEST(GraphFit, AnEdgeAtZeroHasItsGradient) {
  const Known known(6, 1.5, 300, 0.05, 2);
  GraphFit<double> fit(known.moments, {}, draw_exact_noise(100, 6, 1), 0);
  GraphValues values(6), slope(6);
  for (double& x : values.log_shift()) x = std::log(4);
  fit.misfit(values, all_labels(6), &slope);
  for (std::size_t i = 0; i < 36; ++i) {
    if (i % 7 == 0) continue;
    double& x = values.all()[i];
    x = 1e-5;
    const double above = fit.misfit(values, all_labels(6), nullptr);
    x = -1e-5;
    const double below = fit.misfit(values, all_labels(6), nullptr);
    x = 0;
    EXPECT_NEAR(slope.all()[i], (above - below) / 2e-5, 1e-3 * (1 + std::abs(slope.all()[i]))) << i;
  }
}

TEST(GraphFit, BatchesOfLabelsAddUpToAll) {
  const Known known(6, 1.5, 300, 0.05, 2);
  GraphFit<double> fit(known.moments, {}, draw_exact_noise(100, 6, 1), 0);
  GraphValues values = some_values(6, false), whole(6), some(6), others(6);
  for (double& x : values.mean_error()) x = 0;
  const double of_all = fit.misfit(values, all_labels(6), &whole);
  const double half = fit.misfit(values, {0, 3, 5}, &some) / 2, other_half = fit.misfit(values, {1, 2, 4}, &others) / 2;
  EXPECT_NEAR(half + other_half, of_all, 1e-9 * of_all);
  for (std::size_t i = 36; i < 42; ++i) EXPECT_TRUE(std::isfinite(some.all()[i]));
}

TEST(GraphFit, TwoFitsGiveTheSameBits) {
  const Known known(8, 1.5, 300, 0.05, 2);
  const GraphModel model;
  const ChosenGraph first = choose_graph(known.moments, model, 5), second = choose_graph(known.moments, model, 5);
  EXPECT_EQ(first.values.all(), second.values.all());
}

TEST(ChooseGraph, FindsTwentyLatentsEdgesThoughAThirdOfWhatIsSeenIsNoise) {
  const Known known(20, 1.5, 1000, 0.5, 4);
  const ChosenGraph chosen = choose_graph(known.moments, {}, 1);
  std::int64_t hits = 0;
  for (std::size_t i = 0; i < known.graph.size(); ++i)
    hits +=
        known.graph[i] != 0 && chosen.values.all()[i] != 0 && std::abs(known.graph[i] - chosen.values.all()[i]) < 0.3;
  const double f1 = 2.0 * static_cast<double>(hits) / static_cast<double>(chosen.n_edges + known.n_edges);
  EXPECT_GE(f1, 0.95) << hits << " of " << known.n_edges << ", fitted " << chosen.n_edges;
}

TEST(CutCycles, TakeTheWeakestEdgeOfEachAndNoOther) {
  // 0 → 1 → 2 → 0 with 2 → 0 the weakest, 3 ⇄ 4, and 2 → 3 in no cycle though weaker than all.
  std::vector<double> graph(25, 0);
  graph[0 * 5 + 1] = 0.9;
  graph[1 * 5 + 2] = -0.8;
  graph[2 * 5 + 0] = 0.3;
  graph[3 * 5 + 4] = -0.2;
  graph[4 * 5 + 3] = 0.5;
  graph[2 * 5 + 3] = 0.1;
  EXPECT_EQ(cut_cycles(graph, 5), 2);
  EXPECT_EQ(graph[2 * 5 + 0], 0);
  EXPECT_EQ(graph[3 * 5 + 4], 0);
  EXPECT_EQ(graph[2 * 5 + 3], 0.1);
  EXPECT_THAT(causes_first(graph, 5),
              testing::AnyOf(testing::ElementsAre(0, 1, 2, 4, 3), testing::ElementsAre(0, 4, 1, 2, 3)));
}

TEST(ExactNoise, HasNoMeanAndUnitCovariance) {
  const Tensor z = draw_exact_noise(10, 5, 1);  // fewer than can be exact: more are drawn
  EXPECT_GE(z.size(0), 15 - 1);
  EXPECT_LT(at::abs(z.mean(0)).max().item<double>(), 1e-12);
  const Tensor covariance = at::mm(z.t(), z) / static_cast<double>(z.size(0));
  EXPECT_TRUE(at::allclose(covariance, at::eye(5, doubles()), 1e-9, 1e-9));
}

}  // namespace
}  // namespace gracevae::impl
