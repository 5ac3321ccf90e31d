#include "run/graph_verdict.hpp"

#include <gmock/gmock.h>

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A graph that nothing speaks against.
GraphEvidence sound_graph() {
  return {.n_latents = 4,
          .identified = true,
          .mechanism = "relu",
          .largest = 0.8,
          .random_start = true,
          .start_largest = 0.2,
          .start_mean = 0.08,
          .mean_change = 0.04,
          .agreement = {}};
}

std::vector<GraphFault> faults(const GraphEvidence& evidence) {
  std::vector<GraphFault> result;
  for (const GraphFinding& finding : judge_graph(evidence)) result.push_back(finding.fault);
  return result;
}

TEST(GraphVerdict, EachFaultAtItsThreshold) {
  EXPECT_THAT(faults(sound_graph()), IsEmpty());
  const auto changed = [](const auto& change) {
    GraphEvidence evidence = sound_graph();
    change(evidence);
    return faults(evidence);
  };
  EXPECT_THAT(changed([](auto& g) { g.identified = false; }), ElementsAre(GraphFault::not_identified));
  EXPECT_THAT(changed([](auto& g) { g.largest = 0.049; }), ElementsAre(GraphFault::no_weight))
      << "and no more than that";
  EXPECT_THAT(changed([](auto& g) { g.largest = 0.2; }), ElementsAre(GraphFault::within_start));
  EXPECT_THAT(changed([](auto& g) { g.mean_change = 0.039; }), ElementsAre(GraphFault::near_start));
  EXPECT_THAT(changed([](auto& g) { g.mean_change = 0, g.start_mean = 0.049; }), IsEmpty()) << "it began near 0";
  EXPECT_THAT(changed([](auto& g) { g.mean_change = 0, g.largest = 0.2, g.random_start = false; }), IsEmpty());
  EXPECT_THAT(changed([](auto& g) { g.identified = false, g.largest = 0.1, g.mean_change = 0; }),
              ElementsAre(GraphFault::not_identified, GraphFault::near_start, GraphFault::within_start));
  EXPECT_THAT(changed([](auto& g) { g.n_latents = 1, g.identified = false; }), IsEmpty()) << "no pair of latents";
}

TEST(GraphVerdict, AgreementBeyondChanceIsTwoDeviations) {
  GraphEvidence evidence = sound_graph();
  evidence.agreement = GraphEvidence::Agreement{.n_runs = 5, .least = 3, .found = 8, .by_chance = 4};
  EXPECT_THAT(faults(evidence), ElementsAre(GraphFault::by_chance)) << "4 + 2·√4 = 8";
  evidence.agreement->found = 9;
  EXPECT_THAT(faults(evidence), IsEmpty());
}

TEST(GraphVerdict, AWarningIsTheReasonAndWhatItMeans) {
  GraphEvidence evidence = sound_graph();
  evidence.largest = 0.01;
  const auto found = judge_graph(evidence);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].reason, HasSubstr("0.01"));
  EXPECT_THAT(found[0].warning(), HasSubstr(": " + found[0].reason));
}

}  // namespace
}  // namespace gracevae::impl
