#include "train/start.hpp"

#include <gtest/gtest.h>

#include "support/tensors.hpp"
#include "train/moment_fit.hpp"
#include "unit/train/known_screen.hpp"

namespace gracevae::impl {
namespace {

class StartTest : public testing::Test {
 protected:
  void begin(const std::string& start, const std::string& range = "any") {
    options_ = test::known_run_options();
    options_.train.start = start;
    options_.model.value_range = range;
    options_.model.dtype = "float64";
    data_ = test::known_run_data(test::known_chain(), 11);
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

TEST_F(StartTest, LabelsThatDoTheSameStillPredictTheirMeans) {
  options_ = test::known_run_options();
  data_ = test::known_run_data(test::known_chain(), 11);
  data_.screen.regimes[2].cells = data_.screen.regimes[1].cells;
  moments_ = regime_moments(data_);
  model_ = make_run_model(options_, data_);
  record_ = start_model(options_, data_, moments_, *model_);
  for (std::int64_t k = 0; k < 3; ++k)
    EXPECT_TRUE(at::allclose(predict(k).mean(0).to(at::kDouble), moments_.mean.select(0, k + 1), 0, 1e-3)) << k;
  EXPECT_EQ(record_.values.at("labels_with_direction"), 2);
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

TEST_F(StartTest, VariancesAreThoseWithinRegimes) {
  begin("random");
  EXPECT_TRUE(at::allclose(at::exp(model_->log_variance()), moments_.variance, 1e-9, 1e-9));
  EXPECT_TRUE(record_.values.empty());
}

TEST(ShiftsBeforeCut, ByHand) {
  // One gene, control 0, 0, 1, 3 (mean 1).
  const auto shift_to = [](double mean) {
    RunData data;
    CsrMatrix<float>& x = data.screen.x;
    x.n_cols = 1;
    for (const float value : {0.0F, 0.0F, 1.0F, 3.0F}) {
      x.indices.push_back(0);
      x.values.push_back(value);
      x.indptr.push_back(++x.n_rows);
    }
    data.shape.n_genes = 1;
    RegimeMoments moments;
    moments.cells = {{0, 1, 2, 3}, {}};
    moments.mean = at::zeros({2, 1}, at::kDouble);
    moments.mean.select(0, 1).fill_(mean);
    return shifts_before_cut(data, moments).item<double>();
  };
  EXPECT_NEAR(shift_to(1), 0, 1e-12);
  EXPECT_NEAR(shift_to(1.5), 0.5, 1e-12);    // every value rises
  EXPECT_NEAR(shift_to(0.75), -0.5, 1e-12);  // 0.5 and 2.5 stay
  EXPECT_NEAR(shift_to(0.25), -2, 1e-12);    // 1 stays of the largest
  EXPECT_NEAR(shift_to(0), -3, 1e-12);       // nothing stays
}

}  // namespace
}  // namespace gracevae::impl
