#include "screen/quality_drop.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "unit/screen/quality_fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::GuideSpec;
using test::simulated_guides;
using test::SimulatedGuides;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A guide that fails by every condition of the rule.
GuideQuality failing() {
  GuideQuality guide;
  guide.n_cells = 20;
  guide.own_genes = {{"A", {1, 0.1}, 0.5}};
  guide.z = 1;
  guide.others_z = 5;
  return guide;
}

TEST(DropGuides, EachConditionOfTheRuleCounts) {
  EXPECT_THAT(why_guide_fails(failing()), HasSubstr("own gene does not move, and its effect is not above its error"));
  const auto reason = [](auto&& change) {
    GuideQuality guide = failing();
    change(guide);
    return why_guide_fails(guide);
  };
  EXPECT_THAT(reason([](GuideQuality& g) { g.n_cells = 19; }), IsEmpty());
  EXPECT_THAT(reason([](GuideQuality& g) { g.others_z = 1.9; }), IsEmpty()) << "the gene may do nothing";
  EXPECT_THAT(reason([](GuideQuality& g) { g.others_z = std::nan(""); }), IsEmpty()) << "the only guide";
  EXPECT_THAT(reason([](GuideQuality& g) { g.own_genes[0].p_value = 0.049; }), IsEmpty());
  EXPECT_THAT(reason([](GuideQuality& g) { g.own_genes.push_back({"B", {0.1, 0.1}, 1e-9}); }), IsEmpty());
  EXPECT_THAT(reason([](GuideQuality& g) { g.own_genes.clear(); }), HasSubstr("not measured"));
  EXPECT_THAT(reason([](GuideQuality& g) { g.z = 3; }), IsEmpty()) << "agreement is not known";
  EXPECT_THAT(reason([](GuideQuality& g) { g.z = 3, g.agreement = {0.1, 0.19}; }), HasSubstr("cosine 0.10 ± 0.19"));
  EXPECT_THAT(reason([](GuideQuality& g) { g.z = 3, g.agreement = {0.1, 0.21}; }), IsEmpty());
}

std::vector<GuideSpec> specs() {
  return {{"control", "NT1", 200},
          {"control", "NT2", 200},
          {"g0", "a1", 150, 0.3, 10, 40, 1, 0},
          {"g0", "a2", 150, 0.3, 10, 40, 1, 0},
          {"g0", "dead", 60, 1.0, 10, 40, 1, 0},
          {"g1", "b1", 60, 1.0},
          {"g1", "b2", 60, 1.0}};
}

TEST(DropGuides, AutoTakesTheDeadGuideAndLeavesALabelOfNothingWhole) {
  const SimulatedGuides made = simulated_guides(specs());
  const Quality quality = quality_of(made.screen, made.guides);
  const Dropped dropped = cells_to_drop(made.screen, made.guides, &quality, {.drop_guides = {"auto"}});
  ASSERT_THAT(dropped.guides, SizeIs(1));
  EXPECT_EQ(dropped.guides[0].guide, "dead");
  EXPECT_EQ(dropped.guides[0].label, "g0");
  EXPECT_EQ(dropped.guides[0].n_cells, 60);
  EXPECT_THAT(dropped.cells, SizeIs(60));
  EXPECT_EQ(dropped.cells.front(), 700);
  EXPECT_THAT(dropped.escapers, IsEmpty());
}

TEST(DropGuides, ByNameNeedsNoQuality) {
  const SimulatedGuides made = simulated_guides(specs());
  const DropOptions options{.drop_guides = {"b2", "NT1"}};
  EXPECT_FALSE(options.needs_quality());
  const Dropped dropped = cells_to_drop(made.screen, made.guides, nullptr, options);
  EXPECT_THAT(dropped.cells, SizeIs(260));
  const auto record = nlohmann::json::parse(dropped.record);
  EXPECT_EQ(record["dropped_guides"][0]["guide"], "NT1");
  EXPECT_EQ(record["dropped_guides"][1]["reason"], "asked for");
  EXPECT_EQ(record["dropped_guides"][1]["cells"], 60);
  EXPECT_TRUE(record["seed"].is_null());
}

TEST(DropGuides, WhatIsRefused) {
  const SimulatedGuides made = simulated_guides(specs());
  expect_error<InputError>([&] { cells_to_drop(made.screen, made.guides, nullptr, {.drop_guides = {"a3"}}); },
                           {"no guide 'a3'", "quality.drop_guides", "did you mean a"});
  expect_error<ConfigError>([&] { cells_to_drop(made.screen, {}, nullptr, {.drop_guides = {"a1"}}); },
                            {"no guides are known", "quality.guide_column"});
  expect_error<InputError>(
      [&] {
        cells_to_drop(made.screen, made.guides, nullptr, {.drop_guides = {"NT1", "NT2"}});
      },
      {"no control cell is left", "keep one"});
}

TEST(DropEscapers, CellsBelowTheProbabilityOfLabelsThatHaveOne) {
  const SimulatedGuides made = simulated_guides(specs());
  const Quality quality = quality_of(made.screen, made.guides);
  const Dropped dropped = cells_to_drop(made.screen, made.guides, &quality, {.drop_guides = {}, .drop_escapers = 0.5});
  int n_right = 0;
  for (const std::int64_t cell : dropped.cells) {
    EXPECT_LT(quality.p_perturbed[static_cast<std::size_t>(cell)], 0.5);
    n_right += !made.perturbed[static_cast<std::size_t>(cell)];
  }
  EXPECT_GT(n_right, 0.9 * static_cast<double>(dropped.cells.size()));
  ASSERT_THAT(dropped.escapers, SizeIs(1)) << "g1 has no direction";
  EXPECT_EQ(dropped.escapers.at("g0"), std::ssize(dropped.cells));
  const Dropped both =
      cells_to_drop(made.screen, made.guides, &quality, {.drop_guides = {"dead"}, .drop_escapers = 0.5});
  EXPECT_EQ(both.escapers.at("g0") + 60, std::ssize(both.cells)) << "a cell is counted once";
  EXPECT_LT(both.escapers.at("g0"), dropped.escapers.at("g0"));
}

TEST(LeaveOut, RowsOfTheFileLoseTheirRegimeAndAreCounted) {
  PrepareLabels labels;
  labels.regime_of_cell = {0, -1, 1, 1, 2};  // row 1 had no label: it is no cell of the screen
  Dropped dropped;
  dropped.cells = {1, 3};
  dropped.guides = {{"a", "A", "asked for", 1}};
  dropped.escapers = {{"B", 1}};
  dropped.record = "{}";
  leave_out(labels, dropped, {0, 2, 3, 4});
  EXPECT_THAT(labels.regime_of_cell, ElementsAre(0, -1, -1, 1, -1));
  EXPECT_EQ(labels.left_out.n_guides, 1);
  EXPECT_EQ(labels.left_out.n_guide_cells, 1);
  EXPECT_EQ(labels.left_out.n_labels, 1);
  EXPECT_EQ(labels.left_out.n_escapers, 1);
}

}  // namespace
}  // namespace gracevae::impl
