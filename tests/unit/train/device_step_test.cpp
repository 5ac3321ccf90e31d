// Steps whose inputs wait at fixed places of a device, against the plain ones, both on the CPU.
#include "train/device_step.hpp"

#include <gtest/gtest.h>

#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {
namespace {

class DeviceStepTest : public testing::Test {
 protected:
  void SetUp() override {
    simulate_screen(folder_.path() / "sim", tiny_simulation());
    options_ = options_on(folder_.path() / "sim");
    options_.model.dtype = "float64";
    options_.batches.batch_size = 9;
    options_.batches.keep_short = true;
    options_.train.resolve(options_.model.model);
  }

  /// Weights and summed loss terms after two epochs; `device`: by DeviceStep, with rows there or sent.
  std::pair<std::vector<Tensor>, std::vector<double>> trained(bool device, std::int64_t most_bytes = 0) const {
    const RunData data = load_run_data(options_);
    const auto model = make_run_model(options_, data);
    Adam adam(model->parameters(), {.clamp = 0.5});
    ObjectiveOptions objective_options;
    objective_options.lambda = 0.01;
    DeviceStep step({*model, adam, objective_options}, data.screen.rows(), most_bytes);
    EXPECT_EQ(step.holds_rows(), most_bytes > 0);
    std::vector<double> sums(6, 0);
    std::uint64_t n = 0;
    for (const double alpha : {1.0, 3.0}) {
      const Schedule schedule{.alpha = alpha, .beta = 0.5, .tau = 1 + alpha};
      for (const Batch& batch :
           make_batches(data.screen, data.split, data.pairs, options_.batches, Random(1, "batches"))) {
        ModelInput input = control_features(*model, data, options_.model, batch.controls, Random(2, "noise", n++));
        input.targets = target_tensors(data.screen.regimes[static_cast<std::size_t>(batch.regime)].targets, data,
                                       model->parameters().options());
        input.tau = schedule.tau;
        const BatchRows rows{data.screen.rows(), batch.controls, batch.cells};
        if (device) {
          step.run(input, rows, schedule);
          continue;
        }
        input.x = cells_tensor(data.screen, batch.controls, model->parameters().options());
        const Tensor y = cells_tensor(data.screen, batch.cells, model->parameters().options());
        const LossTerms terms = objective(*model, model->forward(input), input.x, y, schedule, objective_options);
        adam.step(torch_compat::gradients(terms.total, model->parameters().tensors()));
        const Tensor* const all[] = {&terms.total, &terms.mmd,      &terms.mse,
                                     &terms.kl,    &terms.sparsity, &terms.smoothness};
        for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += all[i]->item<double>();
      }
    }
    if (device) sums = step.take_sums();
    EXPECT_EQ(step.take_sums(), std::vector<double>(6, 0)) << "sums begin anew";
    return {model->parameters().tensors(), sums};
  }

  TemporaryFolder folder_;
  RunOptions options_;
};

TEST_F(DeviceStepTest, GivesTheSameWeightsAndSums) {
  const auto [weights, sums] = trained(false);
  for (const std::int64_t most_bytes : {std::int64_t{0}, std::int64_t{1} << 30}) {
    SCOPED_TRACE(most_bytes);
    const auto [found, found_sums] = trained(true, most_bytes);
    for (std::size_t i = 0; i < weights.size(); ++i)
      EXPECT_LT(at::abs(found[i] - weights[i]).max().item<double>(), 1e-9);
    for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_NEAR(found_sums[i], sums[i], 1e-8 * (1 + std::abs(sums[i])));
  }
}

TEST(DeviceInbox, TensorsStayWhereTheyAre) {
  DeviceInbox inbox(at::TensorOptions().dtype(at::kFloat));
  const Tensor a = at::ones({2, 3}), b = at::zeros({4}, at::TensorOptions().dtype(at::kDouble));
  Tensor first, second = b, third;
  inbox.put({{a, &first}, {Tensor(), &second}, {b, &third}});
  EXPECT_EQ(first.sizes(), a.sizes());
  EXPECT_FALSE(second.defined());
  const Tensor before = first;
  inbox.put({{5 * a, &first}, {Tensor(), &second}, {b, &third}});
  EXPECT_EQ(before.sum().item<double>(), 30) << "the same place, new numbers";
  EXPECT_EQ(inbox.shapes(), (std::vector<std::vector<std::int64_t>>{{2, 3}, {}, {4}}));
  inbox.put({{b, &first}, {Tensor(), &second}, {a, &third}});
  EXPECT_EQ(third.sum().item<double>(), 6) << "other shapes, other places";
}

}  // namespace
}  // namespace gracevae::impl
