#include "predict/responses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "predict/loaded_run.hpp"
#include "screen/effect_errors.hpp"
#include "screen/shift_model.hpp"
#include "simulate/simulate.hpp"
#include "stats/summary.hpp"
#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"
#include "train/trainer.hpp"

namespace gracevae::impl {
namespace {

class ResponsesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new TemporaryFolder;
    simulate_screen(folder->path() / "sim", tiny_simulation());
    make("causal", "cmvae");
    make("shift", "additive");
  }
  static void TearDownTestSuite() { delete folder; }
  static void make(const std::string& name, const std::string& model) {
    RunOptions options = options_on(folder->path() / "sim");
    options.model.model = model;
    options.model.mechanism = "relu";
    options.model.dtype = "float64";
    options.model.hidden = 8;
    options.batches.batch_size = 8;
    options.train.epochs = 4;
    options.train.resolve("grace-vae");
    train({.options = options, .folder = run(name)});
  }
  static RunFolder run(const std::string& name) { return {folder->path() / name}; }
  static TemporaryFolder* folder;
};
TemporaryFolder* ResponsesTest::folder = nullptr;

/// Linear between neighbours, as NumPy's default.
double quantile_by_hand(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place), above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - std::floor(place)) * (values[above] - values[below]);
}

/// The same by hand: the model's own decoder and graph, cell by cell, and the cell's values, none below 0.
TEST_F(ResponsesTest, ProgramsAreTheDecodersAnswerToAPush) {
  const Responses found = respond(run("causal"), {.cells = 0});
  ASSERT_EQ(found.n_latents(), 3);
  ASSERT_EQ(found.u.n_rows, std::ssize(found.cells));
  const at::NoGradGuard no_grad;
  const LoadedRun loaded = load_run(run("causal"), "last", "run");
  const auto options = at::TensorOptions().dtype(at::kDouble);
  std::vector<double> direct(30), total(30), squares(30), control(30);
  const auto n = static_cast<double>(found.u.n_rows);
  for (std::int64_t i = 0; i < found.z.n_rows; ++i) {
    Tensor z = at::zeros({1, 3}, options), pushed = at::zeros({1, 3}, options);
    for (std::int64_t k = 0; k < 3; ++k) z.data_ptr<double>()[k] = found.z(i, k);
    pushed.data_ptr<double>()[0] = 1;
    const Tensor u = loaded.model->latents(z, {}, 1, Tensor());
    for (std::int64_t k = 0; k < 3; ++k) EXPECT_NEAR(u.data_ptr<double>()[k], found.u(i, k), 1e-6);
    const Tensor base = loaded.model->decode(u), near = loaded.model->decode(u + pushed) - base,
                 far = loaded.model->decode(loaded.model->latents(z + pushed, {}, 1, Tensor())) - base;
    std::vector<double> x(30);
    CsrView<float>(found.x).copy_row(i, std::span(x));
    for (std::size_t g = 0; g < 30; ++g) {
      const double effect = std::max(0.0, x[g] + near.contiguous().data_ptr<double>()[g]) - x[g];
      direct[g] += effect / n;
      squares[g] += effect * effect / n;
      total[g] += (std::max(0.0, x[g] + far.contiguous().data_ptr<double>()[g]) - x[g]) / n;
      control[g] += x[g] / n;
    }
  }
  double spread = 0, difference = 0;
  for (std::size_t g = 0; g < 30; ++g) {
    const auto gene = static_cast<std::int64_t>(g);
    EXPECT_NEAR(found.direct_mean(0, gene), direct[g], 1e-6);
    EXPECT_NEAR(found.total_mean(0, gene), total[g], 1e-6);
    EXPECT_NEAR(found.control[g], control[g], 1e-6);
    const double variance = (squares[g] - direct[g] * direct[g]) * n / (n - 1);
    EXPECT_NEAR(std::pow(found.direct_sd(0, gene), 2), variance, 1e-6);
    spread += variance;
    difference += std::abs(direct[g] - total[g]);
  }
  EXPECT_GT(spread, 0) << "the decoder is not linear";
  EXPECT_GT(difference, 0) << "the graph passes it on";
}

TEST_F(ResponsesTest, SharesAreThoseOfTheInterventionEncoder) {
  const Responses found = respond(run("causal"), {.cells = 5});
  ASSERT_EQ(found.share.n_rows, std::ssize(found.labels));
  for (std::int64_t k = 0; k < found.share.n_rows; ++k) {
    double sum = 0;
    for (const double share : found.share.row(k)) sum += share;
    EXPECT_NEAR(sum, 1, 1e-9);
  }
  EXPECT_EQ(found.cells.size(), 5U);
  EXPECT_EQ(found.x.n_rows, 5);
}

/// An additive model's effect is its shift, as far as a cell has values to lose.
TEST_F(ResponsesTest, EffectsOfAShiftModelAreItsShiftsOfCellsThatCanTakeThem) {
  const Responses found = respond(run("shift"), {.cells = 6, .pairs = "all"});
  EXPECT_EQ(found.n_latents(), 0);
  ASSERT_EQ(found.effects.size(), 6U) << "three labels and three pairs";
  const RunOptions options = load_run_options(run("shift"));
  const Screen screen = load_screen(options.screen);
  const Split split = read_split(run("shift").split(), screen);
  const TrainedShifts trained = trained_shifts(screen, split);
  for (const GeneEffects& effects : found.effects) {
    for (std::size_t g = 0; g < 30; ++g) {
      double shift = 0;
      for (const std::string& target : effects.targets) shift += trained.of_target.at(target)[g];
      std::vector<double> of_cells;
      for (std::int64_t i = 0; i < found.x.n_rows; ++i) {
        std::vector<double> x(30);
        CsrView<float>(found.x).copy_row(i, std::span(x));
        of_cells.push_back(std::max(0.0, x[g] + shift) - x[g]);
      }
      EXPECT_NEAR(effects.mean[g], mean_of(of_cells), 1e-6);
      EXPECT_NEAR(effects.sd[g], sample_sd(of_cells), 1e-6);
      EXPECT_NEAR(effects.high[g], quantile_by_hand(of_cells, 0.975), 1e-6);
      EXPECT_NEAR(effects.low[g], quantile_by_hand(of_cells, 0.025), 1e-6);
    }
    std::vector<double> squared(30);
    EffectErrors errors(screen, split);
    for (const std::string& target : effects.targets)
      for (std::size_t g = 0; g < 30; ++g) squared[g] += std::pow(errors.of({target})[g], 2);
    for (std::size_t g = 0; g < 30; ++g)
      EXPECT_TRUE(std::isnan(squared[g]) ? std::isnan(effects.se[g])
                                         : std::abs(effects.se[g] - std::sqrt(squared[g])) < 1e-12);
  }
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(found.label_cells[k], n_training_cells(screen, split, found.labels[k]));
}

TEST_F(ResponsesTest, IntervalsHoldTheMiddleOfTheCells) {
  const Responses found =
      respond(run("causal"), {.cells = 0, .programs = false, .conditions = {{"TF01", "TF02", "TF03"}}});
  EXPECT_EQ(found.direct_mean.n_rows, 0);
  double width = 0;
  for (const GeneEffects& effect : found.effects)
    for (std::size_t g = 0; g < 30; ++g) {
      EXPECT_LE(effect.low[g], effect.mean[g] + 1e-9);
      EXPECT_GE(effect.high[g], effect.mean[g] - 1e-9);
      EXPECT_LE(effect.high[g] - effect.low[g], 8 * effect.sd[g] + 1e-9);
      width += effect.high[g] - effect.low[g];
    }
  EXPECT_GT(width, 0);
}

TEST_F(ResponsesTest, ObservedPairsAndAskedConditionsOnce) {
  const Responses pairs = respond(run("causal"), {.cells = 4, .pairs = "observed"});
  EXPECT_EQ(pairs.effects.size(), 5U) << "three labels and the two doubles of the screen";
  const std::vector<std::string> labels = pairs.labels;
  const Responses asked =
      respond(run("causal"),
              {.cells = 4, .conditions = {{labels[1], labels[0]}, {labels[0], labels[1]}, {labels[2]}, labels}});
  ASSERT_EQ(asked.effects.size(), 5U);
  EXPECT_THAT(asked.effects[3].targets, testing::ElementsAre(labels[0], labels[1]));
  EXPECT_EQ(asked.effects[4].targets, labels);
}

TEST_F(ResponsesTest, SameBitsTwiceAndBadInput) {
  const ResponseOptions options{.cells = 7};
  EXPECT_EQ(respond(run("causal"), options).effects[0].mean, respond(run("causal"), options).effects[0].mean);
  EXPECT_THROW(respond(run("causal"), {.cells = 1}), InputError);
  EXPECT_THROW(respond(run("causal"), {.conditions = {{"NOTHING"}}}), InputError);
  EXPECT_THROW(respond(run("none"), {}), IoError);
}

}  // namespace
}  // namespace gracevae::impl
