#include "train/diagnostics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gracevae {
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

}  // namespace
}  // namespace gracevae
