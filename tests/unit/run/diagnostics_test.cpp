#include "run/diagnostics.hpp"

#include <gmock/gmock.h>

namespace gracevae::impl {
namespace {

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
  d.mechanism = "relu";
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

/// What a report of an unfinished run reads back from its history says the same.
TEST(Diagnostics, AreReadBack) {
  Diagnostics d = sound();
  d.noise_sd.clear();
  d.change_with_pathways = 0.25;
  d.untargeted = {2};
  d.max_abs_g = 0.01;
  d.identifies_graph = false;
  Diagnostics read = diagnostics_of(to_json(d));
  read.mechanism = d.mechanism;
  EXPECT_EQ(to_json(read), to_json(d));
  EXPECT_EQ(warnings_of(read), warnings_of(d));
  EXPECT_EQ(warnings_of(d).size(), 3U);
  EXPECT_THAT(warnings_of(diagnostics_of({{"max_abs_g", 0.5}})), testing::IsEmpty()) << "of a version that wrote less";
}

}  // namespace
}  // namespace gracevae::impl
