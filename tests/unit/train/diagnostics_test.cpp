#include "train/diagnostics.hpp"

#include <gmock/gmock.h>
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

/// A fit of which nothing is to be said.
Diagnostics sound() {
  Diagnostics d;
  d.kl_per_latent = {1, 1, 1, 1};
  d.active_units = 2;
  d.change_with_cell = 0.3;
  d.spread = 1;
  d.n_labels = d.latents_used = 4;
  d.sharpness = 0.9;
  d.has_graph = d.identifies_graph = true;
  d.max_abs_g = 1;
  d.mean_abs_g = 0.4;
  d.start_mean_abs_g = 0.08;
  d.mean_change_of_g = 0.4;
  return d;
}

TEST(Warnings, ASoundFitHasNone) { EXPECT_THAT(warnings_of(sound()), testing::IsEmpty()); }

TEST(Warnings, NameAllLabelsThatShareALatent) {
  Diagnostics d = sound();
  d.names = {"A", "B", "C", "D", "E", "F", "G", "H"};
  for (const std::int64_t latent : {2, 0, 2, 1, 0, 2, 3, 2}) d.labels.push_back({latent, 1, 1});
  d.n_labels = 8;
  EXPECT_THAT(warnings_of(d), testing::ElementsAre(testing::HasSubstr("8 labels share 4 latents")));
  EXPECT_THAT(warnings_of(d)[0], testing::HasSubstr(": B, E; A, C, F, H"));
}

TEST(Warnings, SayWhichPartDoesNothing) {
  const auto said = [](const auto& change) {
    Diagnostics d = sound();
    change(d);
    const auto warnings = warnings_of(d);
    return warnings.size() == 1 ? warnings.front() : std::to_string(warnings.size()) + " warnings";
  };
  using testing::HasSubstr;
  EXPECT_THAT(said([](Diagnostics& d) { d.active_units = 0, d.change_with_cell = 0; }),
              HasSubstr("posterior collapse"));
  EXPECT_THAT(said([](Diagnostics& d) { d.change_with_cell = 0.009; }), HasSubstr("encoder does next to nothing"));
  EXPECT_THAT(said([](Diagnostics& d) { d.latents_used = 3; }), HasSubstr("4 labels share 3 latents"));
  EXPECT_THAT(said([](Diagnostics& d) { d.sharpness = 0.3; }), HasSubstr("targets are blunt"));
  EXPECT_THAT(said([](Diagnostics& d) {
                d.untargeted = {1, 3};
              }),
              HasSubstr("2 of 4 latents are the target of no label"));
  EXPECT_THAT(said([](Diagnostics& d) { d.identifies_graph = false; }), HasSubstr("not identified"));
  EXPECT_THAT(said([](Diagnostics& d) { d.max_abs_g = 0.01; }), HasSubstr("latent graph does nothing"));
  EXPECT_THAT(said([](Diagnostics& d) { d.mean_change_of_g = 0.01; }), HasSubstr("near its start"));
  EXPECT_EQ(said([](Diagnostics& d) { d.mean_change_of_g = 0, d.random_start = false; }), "0 warnings");
  EXPECT_EQ(said([](Diagnostics& d) { d.has_graph = d.identifies_graph = false; }), "0 warnings");
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
