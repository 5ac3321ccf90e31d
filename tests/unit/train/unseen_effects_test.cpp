#include "train/unseen_effects.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"
#include "train/setup.hpp"
#include "unit/effects/grouped_screen.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::GroupedScreen;

class UnseenEffectsTest : public testing::Test {
 protected:
  UnseenEffectsTest() {
    GroupedScreen::write_groups(folder_.file("groups.gmt"));
    options_ = calibrated_options();
    options_.model.model = "cmvae";
    options_.model.hidden = 8;
    options_.model.dtype = "float64";
    options_.network.gmt = folder_.file("groups.gmt").string();
    options_.split.kind = "unseen-single";
  }
  RunData data() const {
    GroupedScreen grouped;
    return make_run_data(options_, std::move(grouped.screen), std::move(grouped.split), false);
  }
  static ModelInput input_of(const RunData& data, const Model& model, const std::vector<std::string>& targets,
                             PosteriorDraws* draws = nullptr) {
    ModelInput input = control_input(model, data, {}, std::vector<std::int64_t>{0, 1, 2}, Random(1, "input"));
    set_targets(input, targets, data, model.parameters().options(), draws);
    return input;
  }

  TemporaryFolder folder_;
  RunOptions options_;
};

TEST_F(UnseenEffectsTest, AreAddedToControlCells) {
  const RunData data = this->data();
  const auto model = make_run_model(options_, data);
  const at::NoGradGuard no_grad;
  ASSERT_TRUE(data.effects);
  EXPECT_TRUE(has_places(data, {"T0"}));
  const ModelInput input = input_of(data, *model, {"T0"});
  EXPECT_TRUE(input.targets.empty());
  EXPECT_EQ(input.n_added, 1);
  const ConditionEffects said =
      effects_of_conditions(data.screen, data.split, with_sources_of(options_, {}), {{"T0"}}, {0.9});
  const Tensor change = model->forward(input).y_hat - input.x;
  for (std::int64_t g = 0; g < GroupedScreen::kGenes; ++g)
    for (std::int64_t cell = 0; cell < 3; ++cell)
      EXPECT_NEAR(change[cell][g].item<double>(), said.of.at({"T0"}).said.effect[static_cast<std::size_t>(g)], 1e-9);
}

TEST_F(UnseenEffectsTest, CountAsTargetsOfACombination) {
  const RunData data = this->data();
  const auto model = make_run_model(options_, data);
  const at::NoGradGuard no_grad;
  model->parameters().at("combination_scale").fill_(0.5);
  const ModelInput alone = input_of(data, *model, {"T0"}), both = input_of(data, *model, {"T0", "T1"}),
                   with_seen = input_of(data, *model, {"T0", "T3"});
  const auto change = [&](const ModelInput& input) { return model->forward(input).y_hat - input.x; };
  const Tensor of_0 = change(alone), of_1 = change(input_of(data, *model, {"T1"}));
  EXPECT_TRUE(at::allclose(change(both), 0.5 * (of_0 + of_1), 0, 1e-9));
  EXPECT_EQ(with_seen.targets.size(), 1U);
  const ModelOutput output = model->forward(with_seen);
  EXPECT_TRUE(at::allclose(output.y_hat - with_seen.x, output.decoded - output.x_hat + 0.5 * of_0, 0, 1e-9));
  // The seen target's shift is halved, too.
  ModelInput seen = input_of(data, *model, {"T3"});
  EXPECT_TRUE(at::allclose(output.shift, 0.5 * model->forward(seen).shift, 0, 1e-12));
  EXPECT_TRUE(at::allclose(model->latents(output.z, with_seen.targets, 1, Tensor(), 1), output.u, 0, 1e-12));
}

TEST_F(UnseenEffectsTest, DrawsScatterByThePosterior) {
  const RunData data = this->data();
  const auto model = make_run_model(options_, data);
  constexpr std::int64_t kCells = 4000;
  PosteriorDraws draws{kCells, Random(5, "draws")}, again{kCells, Random(5, "draws")};
  const Tensor drawn = input_of(data, *model, {"T0"}, &draws).added;
  EXPECT_TRUE(drawn.equal(input_of(data, *model, {"T0"}, &again).added));
  const PredictedEffect& effect = data.effects->of(data.screen, data.split, "T0");
  for (std::int64_t g = 0; g < GroupedScreen::kGenes; ++g) {
    const Tensor column = drawn.select(1, g);
    const double error = effect.error[static_cast<std::size_t>(g)];
    EXPECT_NEAR(column.mean().item<double>(), effect.effect[static_cast<std::size_t>(g)], 0.1 * error);
    EXPECT_NEAR(column.std().item<double>(), error, 0.1 * error);
  }
}

TEST_F(UnseenEffectsTest, NamesThatNobodyKnowsAreRefused) {
  const RunData data = this->data();
  const auto model = make_run_model(options_, data);
  expect_error<InputError>([&] { input_of(data, *model, {"T00"}); }, {"T00"});
}

TEST_F(UnseenEffectsTest, NeedASourceAndTheCalibratedObjective) {
  EXPECT_TRUE(uses_effect_kernels(options_));
  options_.model.intervention_encoder = "tri-value";
  EXPECT_FALSE(uses_effect_kernels(options_)) << "it places targets itself";
  options_.model.intervention_encoder = "table";
  options_.network = {};
  EXPECT_FALSE(uses_effect_kernels(options_));
  options_.model.effects = "kernel";
  expect_error<ConfigError>([&] { data(); }, {"model.effects kernel without a source"});
  options_.model.effects = "none";
  EXPECT_FALSE(uses_effect_kernels(options_));
  EXPECT_EQ(RunOptions().model.effects, "none") << "the published objective has no such thing";
}

}  // namespace
}  // namespace gracevae::impl
