// Steps whose inputs wait at fixed places of a device, against the plain ones, both on the CPU.
#include "train/device_step.hpp"

#include <gtest/gtest.h>

#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {
namespace {

TEST(DeviceStep, GivesTheSameWeightsWithItsRowsThereOrSent) {
  TemporaryFolder folder;
  simulate_screen(folder.path() / "sim", tiny_simulation());
  RunOptions options = options_on(folder.path() / "sim");
  options.model.dtype = "float64";
  options.batches.batch_size = 9;
  options.batches.keep_short = true;  // shapes of batches change
  options.train.resolve(options.model.model);
  const RunData data = load_run_data(options);
  const auto trained = [&](std::int64_t most_bytes) {
    const auto model = make_run_model(options, data);
    Adam adam(model->parameters(), {.clamp = 0.5});
    DeviceStep step({options.model, data, *model, adam, {.lambda = 0.01}}, most_bytes);
    EXPECT_EQ(step.holds_rows(), most_bytes > 0);
    std::uint64_t n = 0;
    for (const double alpha : {1.0, 3.0}) {
      step.begin_epoch({.alpha = alpha, .beta = 0.5, .tau = 1 + alpha});
      for (const Batch& batch :
           make_batches(data.screen, data.split, data.pairs, options.batches, Random(1, "batches"))) {
        ModelInput input = control_features(*model, data, options.model, batch.controls, Random(2, "noise", n++));
        input.targets = target_tensors(data.screen.regimes[static_cast<std::size_t>(batch.regime)].targets, data,
                                       model->parameters().options());
        input.tau = 1 + alpha;
        step.take({std::move(input), {data.screen.rows(), batch.controls, batch.cells}});
      }
    }
    std::vector<Tensor> weights;
    for (const Tensor& weight : model->parameters().tensors()) weights.push_back(weight.detach().clone());
    return weights;
  };
  const auto there = trained(std::int64_t{1} << 30), sent = trained(0);
  for (std::size_t i = 0; i < there.size(); ++i) EXPECT_EQ(at::abs(there[i] - sent[i]).max().item<double>(), 0);
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
