// Screens drawn from a latent graph that is known, whose labels are not in causal order.
#include "train/moment_fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/tensors.hpp"
#include "unit/train/known_screen.hpp"

namespace gracevae::impl {
namespace {

/// Five latents, 3 → 0 → 4 → 1 with 3 → 4 besides; 2 stands alone.
test::KnownScm five() {
  test::KnownScm scm;
  scm.causal = {3, 2, 0, 4, 1};
  scm.graph.assign(5, std::vector<double>(5, 0));
  scm.graph[3][0] = 0.9;
  scm.graph[0][4] = -0.8;
  scm.graph[4][1] = 0.7;
  scm.graph[3][4] = 1.0;
  return scm;
}

/// The fitted graph between the screen's own latents (label k hits latent k).
std::vector<std::vector<double>> graph_of(const MomentFit& fit, const ShiftCoordinates& coordinates) {
  const std::size_t m = fit.order.size();
  std::vector<std::vector<double>> graph(m, std::vector<double>(m, 0));
  const auto label = [&](std::size_t i) {
    return static_cast<std::size_t>(coordinates.labels[static_cast<std::size_t>(fit.order[i])]);
  };
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < m; ++j)
      graph[label(i)][label(j)] = entry(fit.graph, static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
  return graph;
}

void expect_recovered(const test::KnownScm& scm, const RunOptions& options, double tolerance, const RunData& data,
                      bool lowers = false) {
  const RegimeMoments moments = regime_moments(data);
  const ShiftCoordinates coordinates = shift_coordinates(data, moments);
  ASSERT_EQ(coordinates.labels.size(), scm.d());
  const MomentFit fit = fit_moments(options, data, moments, coordinates, lowers);
  const auto graph = graph_of(fit, coordinates);
  for (std::size_t i = 0; i < scm.d(); ++i)
    for (std::size_t j = 0; j < scm.d(); ++j) {
      EXPECT_NEAR(graph[i][j], scm.graph[i][j], tolerance) << i << " → " << j;
      EXPECT_EQ(graph[i][j] != 0, scm.graph[i][j] != 0) << i << " → " << j;
    }
  EXPECT_LT(fit.chi_square, 1.5 * fit.degrees) << "the model that made the cells explains them";
  // Every regime's mean comes out as it was observed: a label's own axis at its size, all else at 0.
  const auto m = static_cast<std::int64_t>(scm.d());
  const Tensor sizes = coordinates.size.index_select(0, torch_compat::index_tensor(fit.order));
  const Tensor expected = at::cat({at::zeros({1, m}, at::kDouble), at::diag(sizes)});
  EXPECT_TRUE(at::allclose(at::mm(fit.latent_mean, fit.mixing) + fit.offset, expected, 1e-6, 1e-6));
}

void expect_recovered(const test::KnownScm& scm, const RunOptions& options, double tolerance) {
  expect_recovered(scm, options, tolerance, test::known_run_data(scm, 7));
}

/// log(1 + s·e^x), s of every cell its own: what a deeper cell does to all of its genes.
RunData with_depths(RunData data) {
  Random random(5, "depths");
  Screen& screen = data.screen;
  const auto p = static_cast<std::size_t>(screen.x.n_cols);
  for (std::size_t i = 0; i < screen.x.values.size(); i += p) {
    const double depth = std::exp(0.5 * random.normal());
    for (std::size_t g = i; g < i + p; ++g)
      screen.x.values[g] = static_cast<float>(std::log1p(depth * std::exp(double{screen.x.values[g]})));
  }
  return data;
}

/// Latents that move genes far above 0 on the log scale, where log(1 + e^x) is straight.
test::KnownScm five_in_expressed_genes() {
  test::KnownScm scm = five();
  scm.n_genes = 20;
  scm.centre = 12;
  return scm;
}

TEST(MomentFit, FindsGraphAndOrderOfAReluMechanism) { expect_recovered(five(), test::known_run_options(), 0.15); }

TEST(MomentFit, FindsThemWhereLabelsLowerTheirLatents) {
  test::KnownScm scm = five();
  scm.shift = -4;
  const RunData data = test::known_run_data(scm, 3);
  expect_recovered(scm, test::known_run_options(), 0.15, data, true);
  const RegimeMoments moments = regime_moments(data);
  const ShiftCoordinates coordinates = shift_coordinates(data, moments);
  const MomentFit raised = fit_moments(test::known_run_options(), data, moments, coordinates),
                  lowered = fit_moments(test::known_run_options(), data, moments, coordinates, true);
  EXPECT_GT(raised.chi_square, 3 * raised.degrees);
  EXPECT_LT(lowered.shift.max().item<double>(), 0);
}

TEST(MomentFit, FindsThemOfALinearMechanismWhoseInterventionsCut) {
  // With half a cut the weights into a child are known up to a common factor only; a whole cut has the least of them.
  test::KnownScm scm;
  scm.causal = {2, 0, 3, 1};
  scm.graph.assign(4, std::vector<double>(4, 0));
  scm.graph[2][0] = 0.9;
  scm.graph[0][3] = -0.8;
  scm.graph[3][1] = 0.7;
  scm.relu = false;
  scm.incoming_factor = 0;
  RunOptions options = test::known_run_options();
  options.model.mechanism = "linear";
  options.model.intervention = "cut";
  expect_recovered(scm, options, 0.2);
}

TEST(MomentFit, FindsThemThoughCellsDifferInDepth) {
  const test::KnownScm scm = five_in_expressed_genes();
  expect_recovered(scm, test::known_run_options(), 0.15, with_depths(test::known_run_data(scm, 7)));
}

TEST(MomentFit, ExplainsALinearMechanismWithScaledInterventionsAndFindsItsOrder) {
  // Every column of the total effects is known up to a factor: causes before effects, not which of them are direct.
  test::KnownScm scm = five();
  scm.relu = false;
  scm.noise_factor = 1.5;
  scm.incoming_factor = 0.2;
  RunOptions options = test::known_run_options();
  options.model.mechanism = "linear";
  options.model.intervention = "scale";
  const RunData data = test::known_run_data(scm, 7);
  const RegimeMoments moments = regime_moments(data);
  const MomentFit fit = fit_moments(options, data, moments, shift_coordinates(data, moments));
  EXPECT_LT(fit.chi_square, 1.5 * fit.degrees);
  const auto place = [&](std::int64_t label) { return std::find(fit.order.begin(), fit.order.end(), label); };
  for (const auto& [cause, effect] : {std::pair{3, 0}, {3, 4}, {0, 4}, {4, 1}}) EXPECT_LT(place(cause), place(effect));
}

TEST(MomentFit, ALinearMechanismWithShiftsHasNoEdgeToFind) {
  // Any graph can be moved into the mixing, so the fewest edges explain as much as the true ones.
  test::KnownScm scm = five();
  scm.relu = false;
  RunOptions options = test::known_run_options();
  options.model.mechanism = "linear";
  const RunData data = test::known_run_data(scm, 7);
  const RegimeMoments moments = regime_moments(data);
  const MomentFit fit = fit_moments(options, data, moments, shift_coordinates(data, moments));
  EXPECT_EQ(at::abs(fit.graph).sum().item<double>(), 0);
  EXPECT_LT(fit.chi_square, 1.5 * fit.degrees);
}

TEST(MomentFit, SaysWhenTheModelDoesNotExplainTheCells) {
  test::KnownScm scm = five();
  scm.noise_factor = 3;  // shifts alone cannot make a label's own noise wider
  const RunData data = test::known_run_data(scm, 7);
  const RegimeMoments moments = regime_moments(data);
  const MomentFit fit = fit_moments(test::known_run_options(), data, moments, shift_coordinates(data, moments));
  EXPECT_GT(fit.chi_square, 3 * fit.degrees);
}

TEST(ShiftCoordinates, SumsAreThoseOfDenseCells) {
  RunData data = test::known_run_data(five(), 3);
  const RegimeMoments moments = regime_moments(data);
  const ShiftCoordinates c = shift_coordinates(data, moments);
  const RegimeSums sums = c.sums(data.screen, moments.cells[2]);
  const Tensor x = cells_tensor(data.screen, moments.cells[2], doubles()) - c.centre;
  const Tensor v = at::mm(x, c.projection), centred = v - v.mean(0);
  const Tensor outside = x - at::mm(at::mm(x, c.span_projection), c.span);
  EXPECT_EQ(sums.n, static_cast<double>(x.size(0)));
  EXPECT_TRUE(at::allclose(sums.scatter, at::mm(centred.t(), centred), 1e-8, 1e-8));
  EXPECT_TRUE(at::allclose(sums.outside, at::square(outside).sum(0), 1e-8, 1e-8));
}

TEST(ShiftCoordinates, SeeTheNoiseOfGenesThatMakeUpTheAxes) {
  // Noise 0.5 in all of 12 genes, 5 of whose dimensions are the span.
  test::KnownScm scm = five();
  scm.n_genes = 12;
  scm.observation_noise = 0.5;
  const RunData data = test::known_run_data(scm, 3);
  const RegimeMoments moments = regime_moments(data);
  const ShiftCoordinates c = shift_coordinates(data, moments);
  const Tensor expected = 0.25 * at::mm(c.projection.t(), c.projection);
  const Tensor unit = at::sqrt(expected.diagonal());
  EXPECT_TRUE(at::allclose((c.noise - expected) / unit.unsqueeze(1) / unit, at::zeros({5, 5}, at::kDouble), 0, 0.1))
      << c.noise << expected;
}

TEST(ShiftCoordinates, NoiseIsAtMostNineTenthsOfWhatAnAxisVaries) {
  const RunData data = test::known_run_data(five(), 3);
  const RegimeMoments moments = regime_moments(data);
  const ShiftCoordinates c = shift_coordinates(data, moments);
  RegimeSums sums = c.sums(data.screen, moments.cells[0]);
  sums.outside = 1e4 * sums.outside;
  const Tensor own = sums.scatter.diagonal() / sums.n;
  EXPECT_TRUE(at::allclose(c.noise_seen(sums).diagonal(), 0.9 * own, 1e-9, 1e-9));
}

TEST(ShiftCoordinates, PutEveryLabelOnItsOwnAxis) {
  const RunData data = test::known_run_data(five(), 3);
  const RegimeMoments moments = regime_moments(data);
  const ShiftCoordinates c = shift_coordinates(data, moments);
  EXPECT_TRUE(at::allclose(at::mm(c.directions, c.projection), at::eye(5, at::kDouble), 1e-9, 1e-9));
  const Tensor shifted = at::mm(moments.mean.narrow(0, 1, 5) - c.centre, c.projection);
  EXPECT_TRUE(at::allclose(shifted, at::diag(c.size), 1e-8, 1e-8));
}

TEST(ShiftCoordinates, DoNotSeeDepth) {
  const RunData data = with_depths(test::known_run_data(five_in_expressed_genes(), 3));
  const ShiftCoordinates c = shift_coordinates(data, regime_moments(data));
  ASSERT_EQ(c.span.size(0), 6);
  EXPECT_LT(at::abs(at::mm(c.span.narrow(0, 5, 1), c.projection)).max().item<double>(), 1e-9);
  EXPECT_TRUE(at::allclose(at::mm(c.directions, c.projection), at::eye(5, at::kDouble), 1e-9, 1e-9));
  // Genes far above 0 all move alike.
  const Tensor depth = c.span.select(0, 5);
  EXPECT_GT(depth.min().item<double>(), 0.9);
  EXPECT_LE(depth.max().item<double>(), 1);
}

TEST(ShiftCoordinates, HaveNoDepthWhereValuesAreNegative) {
  const RunData data = test::known_run_data(five(), 3);
  EXPECT_EQ(shift_coordinates(data, regime_moments(data)).span.size(0), 5);
}

TEST(ShiftCoordinates, NoiseSeenIsThatOfTheGenes) {
  test::KnownScm scm = five();
  scm.n_genes = 40;
  const RunData data = test::known_run_data(scm, 3);
  const ShiftCoordinates c = shift_coordinates(data, regime_moments(data));
  const Tensor expected = scm.observation_noise * scm.observation_noise * at::mm(c.projection.t(), c.projection);
  EXPECT_LT((at::norm(c.noise - expected) / at::norm(expected)).item<double>(), 0.05);
}

TEST(ShiftCoordinates, ALabelWithoutAnEffectIsWeak) {
  test::KnownScm scm = five();
  scm.graph.assign(5, std::vector<double>(5, 0));
  RunData data = test::known_run_data(scm, 3);
  // Label l2 gets control cells.
  auto& regimes = data.screen.regimes;
  regimes[3].cells.assign(regimes[0].cells.begin(), regimes[0].cells.begin() + 1500);
  regimes[0].cells.erase(regimes[0].cells.begin(), regimes[0].cells.begin() + 1500);
  const ShiftCoordinates c = shift_coordinates(data, regime_moments(data));
  EXPECT_EQ(c.labels, (std::vector<std::int64_t>{0, 1, 3, 4}));
  EXPECT_EQ(c.weak, (std::vector<std::int64_t>{2}));
}

/// A label l5 that hits latent 0 as l0 does: half of l0's cells are called l5's.
RunData with_twins(RunData data) {
  Regime twin{"l5", {"l5"}, {}};
  auto& cells = data.screen.regimes[1].cells;
  const auto half = static_cast<std::ptrdiff_t>(cells.size() / 2);
  twin.cells.assign(cells.begin() + half, cells.end());
  cells.resize(static_cast<std::size_t>(half));
  data.screen.regimes.push_back(std::move(twin));
  data.targets.push_back("l5");
  data.shape.n_labels = data.shape.n_latents = 6;
  return data;
}

TEST(ShiftCoordinates, OfLabelsThatDoTheSameOneHasTheAxis) {
  const RunData data = with_twins(test::known_run_data(five(), 3));
  const ShiftCoordinates c = shift_coordinates(data, regime_moments(data));
  EXPECT_EQ(c.labels.size(), 5U);
  ASSERT_EQ(c.weak.size(), 1U);
  EXPECT_TRUE(c.weak[0] == 0 || c.weak[0] == 5) << c.weak[0];
  EXPECT_EQ(c.weak_directions.size(0), 1);
  EXPECT_THAT(c.alike, testing::ElementsAre("l0, l5"));
}

/// A label with every n-th of the cells of some regimes, which keep the others.
void add_label(RunData& data, const std::vector<std::size_t>& regimes, std::size_t n) {
  const std::string name = "l" + std::to_string(data.targets.size());
  Regime added{name, {name}, {}};
  for (const std::size_t k : regimes) {
    std::vector<std::int64_t> kept;
    auto& cells = data.screen.regimes[k].cells;
    for (std::size_t i = 0; i < cells.size(); ++i) (i % n == 0 ? added.cells : kept).push_back(cells[i]);
    cells = kept;
  }
  std::sort(added.cells.begin(), added.cells.end());
  data.screen.regimes.push_back(std::move(added));
  data.targets.push_back(name);
  data.shape.n_labels = data.shape.n_latents = std::ssize(data.targets);
}

TEST(ShiftCoordinates, EveryGroupOfLabelsThatDoTheSameIsNamed) {
  test::KnownScm scm = five();
  scm.n_cells = 4000;
  RunData data = test::known_run_data(scm, 3);
  add_label(data, {1}, 4);     // l5 does what l0 does
  add_label(data, {1}, 3);     // l6 too
  add_label(data, {3}, 3);     // l7 does what l2 does
  add_label(data, {2, 5}, 4);  // l8: half l1, half l4
  const ShiftCoordinates c = shift_coordinates(data, regime_moments(data));
  EXPECT_EQ(c.labels.size(), 5U);
  EXPECT_THAT(c.alike,
              testing::UnorderedElementsAre("l0, l5, l6", "l2, l7",
                                            testing::AnyOf("l8 as l1 and l4 together", "l8 as l4 and l1 together")));
}

TEST(ShiftCoordinates, MoreLabelsThanGenesCanTellApart) {
  test::KnownScm scm = five();
  scm.n_genes = 4;
  const RunData data = test::known_run_data(scm, 3);
  const ShiftCoordinates c = shift_coordinates(data, regime_moments(data));
  EXPECT_LT(c.labels.size(), 4U);
  EXPECT_EQ(c.labels.size() + c.weak.size(), 5U);
}

TEST(MomentFit, FindsTheGraphBesideLabelsThatDoTheSame) {
  const RunData data = with_twins(test::known_run_data(five(), 7));
  const RegimeMoments moments = regime_moments(data);
  ShiftCoordinates coordinates = shift_coordinates(data, moments);
  ASSERT_EQ(coordinates.labels.size(), 5U);
  const MomentFit fit = fit_moments(test::known_run_options(), data, moments, coordinates);
  for (auto& label : coordinates.labels)
    if (label == 5) label = 0;
  const auto graph = graph_of(fit, coordinates);
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 5; ++j) EXPECT_NEAR(graph[i][j], five().graph[i][j], 0.2) << i << " → " << j;
}

/// A fit, whatever the cells are, has numbers only and a graph without cycles.
void expect_numbers(const RunData& data, const std::string& what) {
  const RegimeMoments moments = regime_moments(data);
  const ShiftCoordinates coordinates = shift_coordinates(data, moments);
  if (coordinates.n_axes() == 0) return;
  const MomentFit fit = fit_moments(test::known_run_options(), data, moments, coordinates);
  for (const Tensor& values : {fit.graph, fit.shift, fit.mixing, fit.offset, fit.latent_covariance})
    EXPECT_TRUE(std::isfinite(values.sum().item<double>())) << what;
  EXPECT_TRUE(std::isfinite(fit.chi_square)) << what;
  EXPECT_EQ(at::abs(at::triu(fit.graph, 1) - fit.graph).sum().item<double>(), 0) << what;
  EXPECT_EQ(std::ssize(fit.order), coordinates.n_axes()) << what;
}

/// Every value of a gene becomes what `change` makes of the cell's regime and the value.
template <class Change>
RunData with_gene(RunData data, std::size_t gene, const Change& change) {
  Screen& screen = data.screen;
  const auto p = static_cast<std::size_t>(screen.x.n_cols);
  for (std::size_t cell = 0; cell < screen.regime_of_cell.size(); ++cell) {
    float& value = screen.x.values[cell * p + gene];
    value = change(screen.regime_of_cell[cell], value);
  }
  return data;
}

TEST(MomentFit, HasNumbersOnlyWithFewCells) {
  test::KnownScm scm = five();
  scm.n_control = 6;
  scm.n_cells = 3;
  expect_numbers(test::known_run_data(scm, 7), "fewer cells than latents");
  RunData single = test::known_run_data(five(), 7);
  single.screen.regimes[2].cells.resize(1);
  expect_numbers(single, "a regime of one cell");
  for (std::size_t k = 1; k < single.screen.regimes.size(); ++k) single.screen.regimes[k].cells.resize(1);
  expect_numbers(single, "one cell of every label");
}

TEST(MomentFit, HasNumbersOnlyWithGenesThatDoNotVary) {
  const RunData data = test::known_run_data(five(), 7);
  expect_numbers(with_gene(data, 3, [](int, float) { return 2.0F; }), "a constant gene");
  expect_numbers(with_gene(data, 3, [](int regime, float value) { return regime == 2 ? value : 0.0F; }),
                 "a gene that only one regime has");
}

TEST(RegimeMoments, AreMeansAndPooledVariances) {
  test::KnownScm scm = five();
  scm.n_control = 300;  // more than one block
  scm.n_cells = 40;
  const RunData data = test::known_run_data(scm, 5);
  const RegimeMoments moments = regime_moments(data);
  double mean = 0, squares = 0, degrees = 0;
  for (std::size_t k = 0; k < data.screen.regimes.size(); ++k) {
    double sum = 0, sum_of_squares = 0;
    const auto& cells = data.screen.regimes[k].cells;
    for (const auto cell : cells) {
      const double value = data.screen.x.values[static_cast<std::size_t>(cell * scm.n_genes + 2)];
      sum += value;
      sum_of_squares += value * value;
    }
    const auto n = static_cast<double>(cells.size());
    if (k == 3) mean = sum / n;
    squares += sum_of_squares - sum * sum / n;
    degrees += n - 1;
  }
  EXPECT_NEAR(entry(moments.mean, 3, 2), mean, 1e-9);
  EXPECT_NEAR(moments.variance.select(0, 2).item<double>(), squares / degrees, 1e-9);
  EXPECT_NEAR(moments.mean_distance(), 2 * moments.variance.sum().item<double>(), 1e-12);
}

}  // namespace
}  // namespace gracevae::impl
