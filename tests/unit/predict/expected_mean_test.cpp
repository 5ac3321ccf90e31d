#include "predict/expected_mean.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "predict/predict.hpp"
#include "run/prediction_names.hpp"
#include "simulate/simulate.hpp"
#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"
#include "train/trainer.hpp"

namespace gracevae::impl {
namespace {

class ExpectedMeanTest : public testing::Test {
 protected:
  /// A run of a few epochs; `change` sets its options.
  template <class Change>
  LoadedRun run_of(const Change& change) const {
    SimulateOptions simulation = tiny_simulation();
    simulation.n_control = 300;
    if (!std::filesystem::exists(folder_.path() / "sim")) simulate_screen(folder_.path() / "sim", simulation);
    RunOptions options = options_on(folder_.path() / "sim");
    options.model.hidden = 8;
    options.batches.batch_size = 8;
    options.train.epochs = 2;
    change(options);
    options.train.resolve(options.model.model);
    train({.options = options, .folder = {folder_.path() / "run"}});
    return load_run({folder_.path() / "run"}, "last", "run");
  }

  /// The largest difference between the mean over all control cells, drawn again and again, and `mean`.
  static double distance(const LoadedRun& run, const std::string& target, const std::vector<double>& mean) {
    const at::NoGradGuard no_grad;
    Tensor sum = at::zeros({run.data.screen.n_genes()}, at::kDouble);
    constexpr int kTimes = 200;
    const auto& controls = run.data.screen.regimes.front().cells;
    for (int time = 0; time < kTimes; ++time) {
      ModelInput input = control_input(*run.model, run.data, run.options.model, controls,
                                       Random(99, "again", static_cast<std::uint64_t>(time)));
      input.targets = target_tensors({target}, run.data, run.model->parameters().options());
      input.tau = run.tau;
      sum += run.model->forward(input).y_hat.to(at::kDouble).mean(0);
    }
    sum /= kTimes;
    double largest = 0;
    for (std::size_t g = 0; g < mean.size(); ++g)
      largest = std::max(largest, std::abs(mean[g] - sum[static_cast<std::int64_t>(g)].item<double>()));
    return largest;
  }

  TemporaryFolder folder_;
};

TEST_F(ExpectedMeanTest, IsTheMeanOfWhatWouldBeGenerated) {
  const LoadedRun run = run_of([](RunOptions&) {});
  const std::string target = run.data.targets.front();
  const ExpectedMean all = expected_mean(run, {target}, run.data.screen.regimes.front().cells, 0, 0);
  EXPECT_EQ(all.n_cells, std::ssize(run.data.screen.regimes.front().cells)) << "an error of 0 is never reached";
  EXPECT_LT(distance(run, target, all.mean), 0.05);
}

TEST_F(ExpectedMeanTest, KeepsResidualsOfModelsThatKeepThem) {
  const LoadedRun run = run_of([](RunOptions& options) {
    options.model.abduction = true;
    options.model.value_range = "nonnegative";
  });
  const std::string target = run.data.targets.front();
  const ExpectedMean few = expected_mean(run, {target}, run.data.screen.regimes.front().cells, 1e9, 0);
  EXPECT_LT(few.n_cells, std::ssize(run.data.screen.regimes.front().cells)) << "a large error is soon reached";
  EXPECT_GE(few.n_cells, 64);
  EXPECT_LT(distance(run, target, few.mean), 0.05) << "though it is over few cells";
}

TEST_F(ExpectedMeanTest, OfAShiftModelIsExact) {
  const LoadedRun run = run_of([](RunOptions& options) { options.model.model = "additive"; });
  const std::string target = run.data.targets.front();
  const ExpectedMean few = expected_mean(run, {target}, run.data.screen.regimes.front().cells, 1e9, 0);
  const std::vector<double> trained = mean_of_cells(
      run.data.screen,
      cells_in_fold(run.data.screen.regimes[static_cast<std::size_t>(run.data.screen.find_regime({target}))],
                    run.data.split, Fold::train));
  for (std::size_t g = 0; g < trained.size(); ++g) EXPECT_NEAR(few.mean[g], trained[g], 1e-5);
}

TEST_F(ExpectedMeanTest, StandsInThePredictionsFile) {
  const LoadedRun run = run_of([](RunOptions&) {});
  const AnnData file = read_anndata(predict({folder_.path() / "run"}, {}));
  const auto& names = std::get<std::vector<std::string>>(file.uns.at(kExpectedConditions));
  const Matrix<float>& means = file.varm.at(kExpectedMeans);
  EXPECT_EQ(means.n_rows, run.data.screen.n_genes());
  ASSERT_EQ(means.n_cols, std::ssize(names));
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(file.uns.at(kExpectedCells)).size(), names.size());
  const auto conditions = column_as_strings(*file.obs.find("condition")),
             source = column_as_strings(*file.obs.find("source"));
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != "Generated Cells") continue;
    EXPECT_NE(std::find(names.begin(), names.end(), conditions[i]), names.end());
  }
}

}  // namespace
}  // namespace gracevae::impl
