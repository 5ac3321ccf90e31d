#include "train/diagnostics.hpp"

#include <gtest/gtest.h>

#include "causal/losses.hpp"
#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {
namespace {

TEST(ActiveUnits, AreLatentsWhoseMeanVariesByMoreThanAHundredth) {
  // Standard deviations 0, 0.0095, 0.0105 and 1 around means far from 0.
  const Tensor deviations = at::tensor({0.0, 0.0095, 0.0105, 1.0}, at::kDouble);
  const Tensor signs = at::tensor({1.0, -1.0, 1.0, -1.0}, at::kDouble).unsqueeze(1);
  EXPECT_EQ(count_active_units(3 + signs * deviations), 2);
  EXPECT_EQ(count_active_units(at::ones({5, 3}, at::kFloat)), 0);
}

/// Cells are passed through the model some at a time; the same in one pass.
TEST(Diagnose, ManyCellsAreThoseOfOnePass) {
  const TemporaryFolder folder;
  SimulateOptions simulate = tiny_simulation();
  simulate.n_control = 700;
  simulate_screen(folder.path(), simulate);
  RunOptions options = options_on(folder.path());
  options.model.dtype = "float64";
  options.model.hidden = 8;
  options.model.pathway_values = "per-cell";
  options.batches.batch_size = 8;
  options.train.resolve("grace-vae");
  const RunData data = load_run_data(options);
  const auto model = make_run_model(options, data);
  const Diagnostics found = diagnose(*model, data, options, 2, model->dag());

  const at::NoGradGuard no_grad;
  const auto stream = [&](std::uint64_t number) {
    return Random(static_cast<std::uint64_t>(options.train.seed), "diagnostics", number);
  };
  const auto& cells = data.screen.regimes.front().cells;
  ModelInput input = control_input(*model, data, options.model, cells, stream(0)), redrawn = input;
  draw_noise(*model, data, options.model, stream(1), redrawn);
  const ModelOutput control = model->forward(input);
  const Tensor kl = gaussian_kl_per_latent(control.mu, control.var);
  for (std::int64_t k = 0; k < 3; ++k)
    EXPECT_NEAR(found.kl_per_latent[static_cast<std::size_t>(k)], kl.data_ptr<double>()[k], 1e-12);
  double noise = 0, pathways = 0;
  for (const Tensor& target : target_tensors(data.targets, data, model->parameters().options())) {
    ModelInput with_noise = input, with_pathways = input;
    with_noise.epsilon = redrawn.epsilon;
    with_pathways.pathway_values = redrawn.pathway_values;
    for (ModelInput* each : {&input, &with_noise, &with_pathways}) {
      each->targets = {target};
      each->tau = 2;
    }
    const Tensor decoded = model->forward(input).decoded;
    noise += at::square(model->forward(with_noise).decoded - decoded).mean().item<double>() / 3;
    pathways += at::square(model->forward(with_pathways).decoded - decoded).mean().item<double>() / 3;
  }
  EXPECT_NEAR(found.change_with_noise / std::sqrt(noise), 1, 1e-9);
  ASSERT_TRUE(found.change_with_pathways);
  EXPECT_NEAR(*found.change_with_pathways / std::sqrt(pathways), 1, 1e-9);
}

}  // namespace
}  // namespace gracevae::impl
