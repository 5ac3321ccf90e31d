// Edge frequencies over runs made by hand.
#include "evaluate/consensus.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/error.hpp"
#include "support/thrown.hpp"
#include "unit/evaluate/small_graphs.hpp"

namespace gracevae::impl {
namespace {

using test::fit_of_three;
using test::matrix;
using test::truth_of_three;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Another order of the latents (L2, L1, L0), all shifts positive, and only L2 → L0 above its threshold.
LearnedGraph other_fit() {
  LearnedGraph fit = fit_of_three("other");
  fit.labels = {{"L0", 2, 1, 1}, {"L1", 1, 1, 1}, {"L2", 0, 1, 1}};
  fit.weights = fit.graph = matrix({{0, 0.1, 0.6}, {0, 0, 0}, {0, 0, 0}});
  return fit;
}

const nlohmann::ordered_json& edge(const nlohmann::ordered_json& result, const std::string& from,
                                   const std::string& to) {
  for (const auto& row : result.at("edges"))
    if (row.at("from") == from && row.at("to") == to) return row;
  throw std::runtime_error("no edge " + from + " " + to);
}

TEST(Consensus, CountsEdgesBetweenLabels) {
  const auto result = consensus({fit_of_three(), other_fit()}, std::nullopt, std::nullopt);
  ASSERT_EQ(result.at("edges").size(), 2U);
  const auto& first = result.at("edges").at(0);
  EXPECT_EQ(first.at("from"), "L2");
  EXPECT_EQ(first.at("to"), "L0");
  EXPECT_EQ(first.at("count"), 2);
  EXPECT_EQ(first.at("frequency"), 1.0);
  EXPECT_EQ(first.at("possible"), 2);
  const auto& second = edge(result, "L0", "L1");
  EXPECT_EQ(second.at("frequency"), 0.5);
  EXPECT_EQ(second.at("possible"), 1) << "the other run has L1 before L0";
  EXPECT_TRUE(second.at("sd_weight").is_null());
  EXPECT_EQ(result.at("runs").at(1).at("latents"), "other");
  EXPECT_TRUE(result.at("warnings").empty());
  EXPECT_EQ(consensus({fit_of_three(), other_fit()}, 0.05, std::nullopt).at("edges").size(), 3U);
}

TEST(Consensus, SignsAreThoseOfPositiveShifts) {
  // L0's shift is −2 in the first run, so its −0.8 from L2 is what the other run calls +0.8.
  const auto result = consensus({fit_of_three(), other_fit()}, std::nullopt, std::nullopt);
  const auto& both = edge(result, "L2", "L0");
  EXPECT_EQ(both.at("positive"), 2);
  EXPECT_EQ(both.at("negative"), 0);
  EXPECT_NEAR(both.at("mean_weight").get<double>(), 0.7, 1e-12);
  EXPECT_NEAR(both.at("sd_weight").get<double>(), std::sqrt(0.02), 1e-12);
  EXPECT_EQ(edge(result, "L0", "L1").at("negative"), 1);
}

TEST(Consensus, LabelsThatShareALatentHaveNoEdgeThere) {
  LearnedGraph fit = other_fit();
  fit.labels[1].latent = 2;
  const auto result = consensus({fit_of_three(), fit}, std::nullopt, std::nullopt);
  EXPECT_EQ(result.at("shared").dump(), R"([{"labels":["L0","L1"],"runs":1}])");
  EXPECT_EQ(edge(result, "L0", "L1").at("shared"), 1);
  EXPECT_EQ(edge(result, "L0", "L1").at("possible"), 1);
  EXPECT_EQ(edge(result, "L2", "L1").at("count"), 1) << "the shared latent's edge is of both its labels";
  EXPECT_THAT(result.at("warnings").dump(), HasSubstr("1 pairs of labels share a latent in at least one run"));
}

TEST(Consensus, ChanceIsThatOfIndependentRuns) {
  // 2 and 1 edges on 6 ordered pairs: in both runs 1/18 of the pairs, in at least one 1 − (2/3)(5/6) = 4/9.
  const auto result = consensus({fit_of_three(), other_fit()}, std::nullopt, std::nullopt);
  EXPECT_NEAR(result.at("chance_frequency").get<double>(), 0.25, 1e-12);
  ASSERT_EQ(result.at("expected").size(), 3U);
  EXPECT_NEAR(result.at("expected").at(0).get<double>(), 6, 1e-12);
  EXPECT_NEAR(result.at("expected").at(1).get<double>(), 6 * 4.0 / 9, 1e-12);
  EXPECT_NEAR(result.at("expected").at(2).get<double>(), 6.0 / 18, 1e-12);
}

TEST(Consensus, JudgesEdgesByATruth) {
  KnownGraph truth = truth_of_three();
  truth.labels[2].latents = {2, 1};  // an off-target: L2 now also stands for latent 1
  truth.labels[2].shifts = {3, 1};
  LearnedGraph reversed = other_fit();
  reversed.labels = {{"L0", 1, 1, 1}, {"L1", 0, 1, 1}, {"L2", 2, 1, 1}};
  reversed.weights = reversed.graph = matrix({{0, 0.9, 0}, {0, 0, 0}, {0, 0, 0}});
  const auto result = consensus({fit_of_three(), reversed}, std::nullopt, truth);
  EXPECT_EQ(edge(result, "L2", "L0").at("truth"), "right");
  EXPECT_EQ(edge(result, "L2", "L0").at("is_true"), true);
  EXPECT_EQ(edge(result, "L1", "L0").at("truth"), "reversed");
  EXPECT_EQ(edge(result, "L1", "L0").at("is_true"), false);
  EXPECT_EQ(result.at("missed").dump(), R"([{"from":"L0","to":"L2"}])") << "0 → 1, which L2 hits too";
  const auto wrong = consensus({fit_of_three(), other_fit()}, 0.05, truth_of_three());
  EXPECT_EQ(edge(wrong, "L2", "L1").at("truth"), "wrong");
  EXPECT_THAT(consensus_notes(wrong, 0.6),
              AllOf(HasSubstr("2 edges in at least 2 of 2 runs"), HasSubstr("1 are right, 0 reversed, 1 wrong")));
}

TEST(Consensus, TsvHasTheFrequentEdges) {
  const auto result = consensus({fit_of_three(), other_fit()}, std::nullopt, std::nullopt);
  EXPECT_EQ(consensus_tsv(result, 0.8),
            "from\tto\tcount\tn_runs\tfrequency\tpositive\tnegative\tmean_weight\tsd_weight\tpossible\tshared\n"
            "L2\tL0\t2\t2\t1.000\t2\t0\t0.700\t0.141\t2\t0\n");
  EXPECT_THAT(consensus_tsv(result, 0.5), HasSubstr("L0\tL1\t1\t2\t0.500\t0\t1\t-0.400\tNA\t1\t0\n"));
  EXPECT_THAT(consensus_notes(result, 0.8), HasSubstr("1 edges in at least 2 of 2 runs (chance: 0.33), 1 in fewer"));
  EXPECT_THAT(consensus_tsv(consensus({fit_of_three(), other_fit()}, std::nullopt, truth_of_three()), 1),
              AllOf(HasSubstr("\ttruth\n"), HasSubstr("\tright\n"), Not(HasSubstr("L1"))));
}

TEST(Consensus, WarnsOfRunsThatSayNothing) {
  LearnedGraph linear = other_fit();
  linear.identified = false;
  linear.mechanism = "linear";
  const std::string warnings = consensus({fit_of_three(), linear}, std::nullopt, std::nullopt).at("warnings").dump();
  EXPECT_THAT(warnings, AllOf(HasSubstr("1 of 2 runs have a mechanism whose graph is not identified"),
                              HasSubstr("2 different mechanisms")));
}

template <class Kind>
Thrown refusal(const std::vector<LearnedGraph>& runs) {
  return message_of<Kind>([&] { consensus(runs, std::nullopt, std::nullopt); });
}

TEST(Consensus, RefusesRunsThatCannotBeCompared) {
  EXPECT_THAT(refusal<ConfigError>({fit_of_three()}), At("", "1"));
  EXPECT_THAT(refusal<ConfigError>({fit_of_three(), fit_of_three()}), At("fit"));
  LearnedGraph other = other_fit();
  other.labels[0].label = "X";
  EXPECT_THAT(refusal<InputError>({fit_of_three(), other}), At("other", "L0", "X"));
  other = other_fit();
  other.threshold.reset();
  EXPECT_THAT(refusal<ConfigError>({fit_of_three(), other}),
              AllOf(At("", "consensus.threshold"), HasSubstr("no threshold")));
  KnownGraph foreign = truth_of_three();
  for (auto& label : foreign.labels) label.label += "'";
  EXPECT_THROW(consensus({fit_of_three(), other_fit()}, std::nullopt, foreign), InputError);
  other = other_fit();
  other.weights = {};
  EXPECT_THAT(refusal<InputError>({fit_of_three(), other}), At("other"));
}

}  // namespace
}  // namespace gracevae::impl
