#include "train/start.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stop_token>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "support/tensors.hpp"
#include "train/moment_fit.hpp"
#include "unit/train/known_screen.hpp"

namespace gracevae::impl {
namespace {

class StartTest : public testing::Test {
 protected:
  /// Whether the start shrinks the shifts.
  bool shrinks_ = false;

  void begin(const std::string& start, const std::string& range = "any") {
    options_ = test::known_run_options();
    options_.train.start = start;
    options_.train.shrink_shifts = shrinks_;
    options_.model.value_range = range;
    options_.model.dtype = "float64";
    data_ = test::known_run_data(test::known_chain(), 11);
    if (hidden_ > 0) data_.shape.hidden = hidden_;
    if (range == "nonnegative")
      for (float& value : data_.screen.x.values) value = std::max(value, 0.0F);
    moments_ = regime_moments(data_);
    model_ = make_run_model(options_, data_);
    record_ = start_model(options_, data_, moments_, *model_);
  }

  /// Predicted cells of a label from every control cell.
  Tensor predict(std::int64_t label) const {
    const at::NoGradGuard no_grad;
    const auto& controls = data_.screen.regimes[0].cells;
    const at::TensorOptions& tensors = model_->parameters().options();
    Random random(1, "test");
    const ModelOutput output =
        model_->forward({.x = cells_tensor(data_.screen, controls, tensors),
                         .epsilon = normal_tensor({static_cast<std::int64_t>(controls.size()), 3}, random, tensors),
                         .targets = {at::eye(3, tensors).narrow(0, label, 1)},
                         .tau = options_.train.tau_max});
    return output.y_hat;
  }

  /// The encoder's mean of z [n, 3] for every control cell.
  Tensor encode() const {
    const at::NoGradGuard no_grad;
    const Tensor x = cells_tensor(data_.screen, data_.screen.regimes[0].cells, model_->parameters().options());
    return model_->forward({.x = x, .epsilon = at::zeros({x.size(0), 3}, x.options()), .targets = {}, .tau = 4}).mu;
  }
  /// A start from these cells, which must give finite weights.
  void begin_at(RunData data, const std::string& start = "moments") {
    options_ = test::known_run_options();
    options_.train.start = start;
    options_.model.dtype = "float64";
    data_ = std::move(data);
    resolve_value_range(options_.model, data_.screen);
    moments_ = regime_moments(data_);
    model_ = make_run_model(options_, data_);
    record_ = start_model(options_, data_, moments_, *model_);
    for (const Parameter& weight : model_->parameters().all())
      EXPECT_TRUE(std::isfinite(weight.value.sum().item<double>())) << weight.name;
  }

  std::int64_t hidden_ = 0;  ///< 0: as known_run_data has it
  RunOptions options_;
  RunData data_;
  RegimeMoments moments_;
  std::unique_ptr<Model> model_;
  StartRecord record_;
};

TEST_F(StartTest, MeanShiftsPredictEveryLabelsMean) {
  begin("mean-shifts");
  for (std::int64_t k = 0; k < 3; ++k)
    EXPECT_TRUE(at::allclose(predict(k).mean(0), moments_.mean.select(0, k + 1), 0, 1e-3)) << k;
  EXPECT_EQ(record_.graph.abs().sum().item<double>(), 0);
}

TEST_F(StartTest, MeanShiftsAllowForTheCutAtZero) {
  begin("mean-shifts", "nonnegative");
  for (std::int64_t k = 0; k < 3; ++k) {
    const Tensor cells = predict(k);
    EXPECT_GE(cells.min().item<double>(), 0);
    EXPECT_TRUE(at::allclose(cells.mean(0), moments_.mean.select(0, k + 1), 0, 1e-3)) << k;
  }
}

TEST_F(StartTest, ShrunkenShiftsPredictTheirMeans) {
  shrinks_ = true;
  for (const char* range : {"any", "nonnegative"}) {
    begin("mean-shifts", range);
    const Tensor expected = shrunken_means(moments_);
    EXPECT_GT(at::abs(expected - moments_.mean).max().item<double>(), 1e-3) << "shrunken at all";
    for (std::int64_t k = 0; k < 3; ++k)
      EXPECT_TRUE(at::allclose(predict(k).mean(0), expected.select(0, k + 1), 0, 1e-3)) << range << k;
  }
}

TEST_F(StartTest, LabelsThatDoTheSameStillPredictTheirMeans) {
  options_ = test::known_run_options();
  options_.train.shrink_shifts = false;
  data_ = test::known_run_data(test::known_chain(), 11);
  data_.screen.regimes[2].cells = data_.screen.regimes[1].cells;
  moments_ = regime_moments(data_);
  model_ = make_run_model(options_, data_);
  record_ = start_model(options_, data_, moments_, *model_);
  for (std::int64_t k = 0; k < 3; ++k)
    EXPECT_TRUE(at::allclose(predict(k).mean(0).to(at::kDouble), moments_.mean.select(0, k + 1), 0, 1e-3)) << k;
  EXPECT_EQ(record_.values.at("labels_with_direction"), 2);
}

/// Adds to the genes of every second control cell, and of so many of each label's, what a second batch adds; the
/// screen knows of the batches.
void add_batches(RunData& data) {
  Screen& screen = data.screen;
  Covariates& covariates = screen.covariates;
  covariates.strata = {{"batch=one"}, {"batch=two"}};
  covariates.names = {"batch=one", "batch=two"};
  covariates.design = Matrix<float>(screen.n_cells(), 2);
  const std::int64_t p = screen.n_genes();
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    const std::int32_t regime = screen.regime_of_cell[static_cast<std::size_t>(cell)];
    const bool second = cell % 6 < (regime == 0 ? 3 : 1 + regime);
    covariates.stratum_of_cell.push_back(second ? 1 : 0);
    covariates.design(cell, 0) = second ? -0.5F : 0.5F;
    covariates.design(cell, 1) = second ? 0.5F : -0.5F;
    for (std::int64_t g = 0; second && g < p; ++g)
      screen.x.values[static_cast<std::size_t>(cell * p + g)] += 0.7F * static_cast<float>(g % 3);
  }
  data.shape.n_covariates = 2;
}

TEST_F(StartTest, WhatABatchDoesIsNoEffect) {
  begin("moments");
  const Tensor shifts = moments_.mean - moments_.mean.select(0, 0), graph = record_.graph.clone();
  const Tensor variance = moments_.variance.clone();
  data_ = test::known_run_data(test::known_chain(), 11);
  add_batches(data_);
  moments_ = regime_moments(data_);
  EXPECT_TRUE(at::allclose(moments_.mean - moments_.mean.select(0, 0), shifts, 0, 0.06));
  EXPECT_TRUE(at::allclose(moments_.variance, variance, 0.02, 0));
  const Tensor per_batch = moments_.covariate_effects.select(0, 1) - moments_.covariate_effects.select(0, 0);
  for (std::int64_t g = 0; g < per_batch.size(0); ++g)
    EXPECT_NEAR(per_batch.select(0, g).item<double>(), 0.7 * static_cast<double>(g % 3), 0.15) << g;
  model_ = make_run_model(options_, data_);
  record_ = start_model(options_, data_, moments_, *model_);
  EXPECT_TRUE(at::allclose(record_.graph, graph, 0, 0.1)) << "the graph of the same cells without batches";
  // the encoder takes out what the decoder adds: a cell of either batch has the latents that it has without
  const at::NoGradGuard no_grad;
  const at::TensorOptions& tensors = model_->parameters().options();
  const auto forward = [&](std::int64_t cell) {
    const std::vector<std::int64_t> one{cell};
    return model_->forward({.x = cells_tensor(data_.screen, one, tensors),
                            .epsilon = at::zeros({1, 3}, tensors),
                            .covariates = covariates_tensor(data_.screen, one, tensors),
                            .targets = {},
                            .tau = 4});
  };
  for (const std::int64_t cell : {0, 3}) {
    const ModelOutput found = forward(cell);
    RunData without = test::known_run_data(test::known_chain(), 11);
    const double offset = cell == 0 ? 0.5 : -0.5;  // from the average cell, in units of what the batch does
    Tensor x = cells_tensor(without.screen, std::vector<std::int64_t>{cell}, tensors);
    for (std::int64_t g = 0; g < x.size(1); ++g) {
      const double known = (cell == 0 ? 1 : 0) * 0.7 * static_cast<double>(g % 3);
      x.select(1, g).add_(known - offset * per_batch.select(0, g).item<double>());
    }
    const ModelOutput average = model_->forward({.x = x,
                                                 .epsilon = at::zeros({1, 3}, tensors),
                                                 .covariates = at::zeros({1, 2}, tensors),
                                                 .targets = {},
                                                 .tau = 4});
    EXPECT_TRUE(at::allclose(found.mu, average.mu, 0, 1e-4)) << cell;
    EXPECT_TRUE(at::allclose(found.x_hat - average.x_hat, offset * per_batch.unsqueeze(0), 0, 1e-4)) << cell;
  }
}

TEST_F(StartTest, LabelsThatLowerAreFoundWhereRaisingOnesDoNotExplain) {
  test::KnownScm scm = test::known_chain();
  begin_at(test::known_run_data(scm, 11));
  EXPECT_FALSE(record_.values.contains("labels_lower"));
  const std::int64_t edges = record_.values.at("edges");
  scm.shift = -4;
  begin_at(test::known_run_data(scm, 11));
  EXPECT_EQ(record_.values.at("labels_lower"), true);
  EXPECT_EQ(record_.values.at("edges"), edges);
  EXPECT_LT(model_->parameters().at("c_shift").max().item<double>(), 0);
  for (std::int64_t k = 0; k < 3; ++k)
    EXPECT_TRUE(at::allclose(predict(k).mean(0), shrunken_means(moments_).select(0, k + 1), 0, 0.02)) << k;
}

TEST_F(StartTest, MomentsPutCausesBeforeEffectsAndPredictTheMeans) {
  begin("moments");
  const Tensor latent = at::argmax(model_->encode_target(at::eye(3, at::kDouble), 4).b, 1);
  const auto of = [&](std::int64_t label) { return latent.select(0, label).item<std::int64_t>(); };
  EXPECT_LT(of(2), of(0));
  EXPECT_LT(of(0), of(1));
  EXPECT_NEAR(entry(record_.graph, of(2), of(0)), 1, 0.15);
  EXPECT_NEAR(entry(record_.graph, of(0), of(1)), 0.8, 0.15);
  EXPECT_EQ(entry(record_.graph, of(2), of(1)), 0);
  EXPECT_EQ(record_.values.at("edges"), 2);
  // Through the mechanism, from each cell's own latents: the means are met as far as the encoder knows these.
  for (std::int64_t k = 0; k < 3; ++k)
    EXPECT_TRUE(at::allclose(predict(k).mean(0), moments_.mean.select(0, k + 1), 0, 0.1)) << k;
}

TEST_F(StartTest, TheEncoderStartsAsThePosteriorOfTheLatents) {
  begin("moments");
  const at::NoGradGuard no_grad;
  const auto& controls = data_.screen.regimes[0].cells;
  const Tensor x = cells_tensor(data_.screen, controls, model_->parameters().options());
  const ModelOutput output =
      model_->forward({.x = x, .epsilon = at::zeros({x.size(0), 3}, x.options()), .targets = {}, .tau = 4});
  // Exogenous noise of independent standard normal latents, seen through little observation noise.
  const Tensor mu = output.mu, centred = mu - mu.mean(0, true);
  const Tensor covariance = at::mm(centred.t(), centred) / static_cast<double>(x.size(0));
  EXPECT_TRUE(at::allclose(covariance, at::eye(3, x.options()), 0, 0.15)) << covariance;
  // And the reconstruction is the cell.
  const double error = at::square(output.x_hat - x).mean().item<double>();
  EXPECT_LT(error, 2 * 0.1 * 0.1);
}

TEST_F(StartTest, TheEncodersMeansAreThePosteriorsOfALinearModel) {
  begin("mean-shifts");
  const ShiftCoordinates c = shift_coordinates(data_, moments_);
  const Tensor x = cells_tensor(data_.screen, data_.screen.regimes[0].cells, doubles());
  const Tensor one = at::eye(3, doubles());
  const Tensor expected = at::mm(at::mm(x - c.centre, c.projection), at::linalg_inv(one + c.noise));
  EXPECT_TRUE(at::allclose(encode(), expected, 1e-9, 1e-9));
}

TEST_F(StartTest, AnEncoderOfAnyWidthHoldsAsMuchOfThePosteriorAsItCan) {
  begin("moments");
  const Tensor all = encode();
  const double variance = at::square(all - all.mean(0)).sum().item<double>();
  double before = variance;
  for (const std::int64_t hidden : {2, 3, 4, 5, 6}) {
    hidden_ = hidden;
    begin("moments");
    const double error = at::square(encode() - all).sum().item<double>();
    EXPECT_LE(error, before * (1 + 1e-9)) << hidden;
    EXPECT_NEAR(record_.values.at("encoder_holds").get<double>(), 1 - error / variance, 0.05) << hidden;
    before = error;
  }
  EXPECT_LT(before, 1e-15 * variance);
}

TEST_F(StartTest, AnEncoderOfOneHiddenUnitKeepsItsRandomStart) {
  hidden_ = 1;
  begin("mean-shifts");
  EXPECT_FALSE(record_.values.contains("encoder_holds"));
}

// Screens that give a fit little to go by.

TEST_F(StartTest, ALabelWithoutEffect) {
  RunData data = test::known_run_data(test::known_chain(), 11);
  data.screen.regimes[2].cells.assign(data.screen.regimes[0].cells.begin(), data.screen.regimes[0].cells.begin() + 500);
  begin_at(std::move(data));
  EXPECT_EQ(record_.values.at("labels_with_direction"), 2);
}

TEST_F(StartTest, NoLabelWithAnEffect) {
  RunData data = test::known_run_data(test::known_chain(), 11);
  for (std::size_t k = 1; k <= 3; ++k) data.screen.regimes[k].cells = data.screen.regimes[0].cells;
  begin_at(std::move(data));
  EXPECT_EQ(record_.values.at("labels_with_direction"), 0);
}

TEST_F(StartTest, ARegimeOfOneCell) {
  RunData data = test::known_run_data(test::known_chain(), 11);
  data.screen.regimes[1].cells.resize(1);
  begin_at(std::move(data));
}

TEST_F(StartTest, OneCellOfEveryRegime) {
  RunData data = test::known_run_data(test::known_chain(), 11);
  for (Regime& regime : data.screen.regimes) regime.cells.resize(1);
  begin_at(std::move(data));
}

TEST_F(StartTest, FewerCellsThanLatents) {
  test::KnownScm scm = test::known_chain();
  scm.causal = {2, 0, 1, 3, 4, 5};
  scm.graph.assign(6, std::vector<double>(6, 0));
  scm.graph[2][0] = 1;
  scm.n_control = 5;
  scm.n_cells = 3;
  scm.n_genes = 12;
  begin_at(test::known_run_data(scm, 11));
}

TEST_F(StartTest, GenesThatAreConstantOrOfOneRegime) {
  RunData data = test::known_run_data(test::known_chain(), 11);
  const std::int64_t p = data.screen.x.n_cols;
  for (std::int64_t i = 0; i < data.screen.x.n_rows; ++i) {
    float* const row = data.screen.x.values.data() + i * p;
    row[0] = 0;
    row[1] = 3;
    row[2] = data.screen.regime_of_cell[static_cast<std::size_t>(i)] == 2 ? 1.0F : 0.0F;
  }
  begin_at(std::move(data));
}

TEST_F(StartTest, AScreenOfZeros) {
  RunData data = test::known_run_data(test::known_chain(), 11);
  std::fill(data.screen.x.values.begin(), data.screen.x.values.end(), 0.0F);
  begin_at(std::move(data));
  EXPECT_EQ(record_.values.at("labels_with_direction"), 0);
}

TEST_F(StartTest, StopsOnRequest) {
  data_ = test::known_run_data(test::known_chain(), 11);
  moments_ = regime_moments(data_);
  std::stop_source stop;
  stop.request_stop();
  Context context;
  context.stop = stop.get_token();
  const CallScope scope(context);
  EXPECT_THROW(regime_moments(data_), Interrupted);
  EXPECT_THROW(shifts_before_cut(data_, moments_), Interrupted);
  EXPECT_THROW(shift_coordinates(data_, moments_), Interrupted);
}

TEST_F(StartTest, VariancesAreThoseWithinRegimes) {
  begin("random");
  EXPECT_TRUE(at::allclose(at::exp(model_->log_variance()), moments_.variance, 1e-9, 1e-9));
  EXPECT_TRUE(record_.values.empty());
}

/// One gene, of which zeros are stored or not.
CsrMatrix<float> one_gene(const std::vector<float>& values, bool store_zeros) {
  CsrMatrix<float> x;
  x.n_cols = 1;
  for (const float value : values) {
    if (store_zeros || value != 0) {
      x.indices.push_back(0);
      x.values.push_back(value);
    }
    x.indptr.push_back(static_cast<std::int64_t>(x.values.size()));
    ++x.n_rows;
  }
  return x;
}

class ShiftsBeforeCut : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(StoredZeros, ShiftsBeforeCut, testing::Bool());

TEST_P(ShiftsBeforeCut, ByHand) {
  // Control 0, 0, 1, 3 (mean 1).
  const auto shift_to = [](double mean, const std::vector<float>& values = {0, 0, 1, 3}) {
    RunData data;
    data.screen.x = one_gene(values, GetParam());
    data.shape.n_genes = 1;
    RegimeMoments moments;
    moments.cells = {{0, 1, 2, 3}, {}};
    moments.mean = at::zeros({2, 1}, at::kDouble);
    moments.mean.select(0, 1).fill_(mean);
    return shifts_before_cut(data, moments).item<double>();
  };
  EXPECT_NEAR(shift_to(1), 0, 1e-12);
  EXPECT_NEAR(shift_to(1.5), 0.5, 1e-12);                   // every value rises
  EXPECT_NEAR(shift_to(0.75), -0.5, 1e-12);                 // 0.5 and 2.5 stay
  EXPECT_NEAR(shift_to(0.25), -2, 1e-12);                   // 1 stays of the largest
  EXPECT_NEAR(shift_to(0), -3, 1e-12);                      // nothing stays
  EXPECT_NEAR(shift_to(0.5, {0, 2, -1, 0}), 0, 1e-12);      // −1 is cut, the zeros are not yet
  EXPECT_NEAR(shift_to(0.875, {0, 2, -1, 0}), 0.5, 1e-12);  // 2.5, 0.5, 0.5
  EXPECT_NEAR(shift_to(2.25, {0, 2, -1, 0}), 2, 1e-12);     // all rise
}

TEST(RegimeMoments, ShrinkShiftsByTheirErrors) {
  RegimeMoments moments;
  moments.n = {10, 40};
  moments.mean = at::zeros({2, 4}, doubles());
  moments.variance = at::zeros({4}, doubles());
  const double shifts[] = {1, -1, 0.1, -2}, variances[] = {0.8, 0.8, 0.8, 0};  // errors: their eighth
  for (std::int64_t g = 0; g < 4; ++g) {
    moments.mean.select(0, 0).select(0, g).fill_(3);
    moments.mean.select(0, 1).select(0, g).fill_(3 + shifts[g]);
    moments.variance.select(0, g).fill_(variances[g]);
  }
  const Tensor means = shrunken_means(moments);
  const double expected[] = {3 + 0.9, 3 - 0.9, 3, 1};
  for (std::int64_t g = 0; g < 4; ++g) {
    EXPECT_NEAR(entry(means, 0, g), 3, 1e-12);
    EXPECT_NEAR(entry(means, 1, g), expected[g], 1e-12) << g;
  }
}

TEST(RegimeMoments, CountZerosThatAreNotStored) {
  RunData data;
  data.screen.x = one_gene({0, 2, 0, 4, 1, 0, 5}, false);
  data.screen.regimes = {{"control", {}, {0, 1, 2, 3}}, {"a", {"a"}, {4, 5, 6}}};
  data.split.fold.assign(7, Fold::train);
  data.targets = {"a"};
  data.shape.n_genes = 1;
  const RegimeMoments moments = regime_moments(data);
  EXPECT_NEAR(entry(moments.mean, 0, 0), 1.5, 1e-12);
  EXPECT_NEAR(entry(moments.mean, 1, 0), 2, 1e-12);
  EXPECT_NEAR(moments.variance.item<double>(), (11.0 + 14.0) / 5, 1e-12);  // Σ(x − mean)² of both, 4 + 3 − 2 degrees
  EXPECT_TRUE(moments.nonnegative);
  data.screen.x.values[0] = -2;
  EXPECT_FALSE(regime_moments(data).nonnegative);
}

TEST(RegimeMoments, ALabelWithoutASingleHasItsEffectFromCombinations) {
  RunData data;
  std::vector<float> values;
  const auto add = [&](const std::string& label, std::vector<std::string> targets, std::vector<float> cells) {
    Regime regime{label, std::move(targets), {}};
    for (const float value : cells) {
      regime.cells.push_back(std::ssize(values));
      values.push_back(value);
    }
    data.screen.regimes.push_back(std::move(regime));
  };
  for (const float middle : {3.0F, 4.0F, 7.0F})  // control, a: +1, a+b: +4 or, if three quarters of a sum, +3
    add(middle == 3   ? "control"
        : middle == 4 ? "a"
                      : "a+b",
        middle == 3   ? std::vector<std::string>{}
        : middle == 4 ? std::vector<std::string>{"a"}
                      : std::vector<std::string>{"a", "b"},
        std::vector<float>(200, middle));
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] += 0.5F, values[i + 1] -= 0.5F;
  data.screen.x = one_gene(values, false);
  data.split.fold.assign(values.size(), Fold::train);
  data.targets = {"a", "b"};
  data.shape.n_genes = 1;
  const RegimeMoments moments = regime_moments(data);
  EXPECT_NEAR(entry(moments.mean, 1, 0), 4, 0.01);
  EXPECT_NEAR(entry(moments.mean, 2, 0), 6, 0.02);
  EXPECT_NEAR(moments.n_cells(1), 200, 1);
  EXPECT_NEAR(moments.n_cells(2), 100, 1) << "the errors of two means of 200 cells";
  ASSERT_EQ(moments.combinations.size(), 1U);
  EXPECT_EQ(moments.combinations[0].labels, (std::vector<std::int64_t>{0, 1}));
  EXPECT_NEAR(entry(moments.combinations[0].mean.unsqueeze(0), 0, 0), 7, 1e-6);
  EXPECT_TRUE(moments.cells[2].empty());
}

}  // namespace
}  // namespace gracevae::impl
