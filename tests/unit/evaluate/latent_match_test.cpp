// Matching of latents through labels, by hand.
#include "evaluate/latent_match.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "unit/evaluate/small_graphs.hpp"

namespace gracevae::impl {
namespace {

using test::fit_of_three;
using test::matrix;
using test::truth_of_three;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(MatchLatents, GoesByTheLabelsAndTheirSigns) {
  const LatentMatch match = match_latents(truth_of_three(), fit_of_three());
  EXPECT_THAT(match.fitted, ElementsAre(1, 2, 0));
  EXPECT_THAT(match.sign, ElementsAre(-1, 1, 1));
  EXPECT_EQ(match.n_labels, 3);
  EXPECT_EQ(match.n_agreeing(), 3);
}

TEST(MatchLatents, LabelsThatShareALatentLeaveOthersUnmatched) {
  LearnedGraph fit = fit_of_three();
  fit.labels = {{"L0", 1, 0.9, 1}, {"L1", 1, 0.7, 1}, {"L2", 0, 0.9, 2}, {"Lother", 2, 1, 1}};
  const LatentMatch match = match_latents(truth_of_three(), fit);
  EXPECT_THAT(match.fitted, ElementsAre(1, -1, 0)) << "the sharper label keeps the shared latent";
  EXPECT_EQ(match.n_labels, 3);
  EXPECT_EQ(match.n_agreeing(), 2);
  EXPECT_THAT(match.off_match, ElementsAre("L1"));
}

TEST(MatchLatents, MostLabelsWinHoweverSharpTheOthersAre) {
  KnownGraph truth = truth_of_three();
  LearnedGraph fit = fit_of_three();
  truth.labels.clear();
  for (const std::string name : {"A", "B", "C", "D", "E"}) truth.labels.push_back({name, {0}, {1}});
  fit.labels = {{"A", 0, 1, 1}, {"B", 0, 1, 1}, {"C", 2, 0, 1}, {"D", 2, 0, 1}, {"E", 2, 0, 1}};
  EXPECT_EQ(match_latents(truth, fit).fitted[0], 2);
}

TEST(MatchLatents, OfLatentsThatShareATrueOneTheOneWithEdgesStandsForIt) {
  KnownGraph truth = truth_of_three();
  truth.labels = {{"A", {0}, {1}}, {"B", {0}, {1}}};
  LearnedGraph fit = fit_of_three();
  fit.weights = matrix({{0, 0, 0}, {0, 0, 0.8}, {0, 0, 0}});
  for (const std::int64_t with_edge : {1, 2}) {
    fit.labels = {{"A", 0, 1, 1}, {"B", with_edge, 1, 1}};
    EXPECT_EQ(match_latents(truth, fit).fitted[0], with_edge);
    fit.labels = {{"A", with_edge, 1, 1}, {"B", 0, 1, 1}};
    EXPECT_EQ(match_latents(truth, fit).fitted[0], with_edge);
  }
}

TEST(MatchLatents, ALabelAgreesWithAnyOfItsLatents) {
  KnownGraph truth = truth_of_three();
  truth.labels[1] = {"L1", {}, {}};
  truth.labels[2] = {"L2", {0, 2}, {1, 3}};
  LearnedGraph fit = fit_of_three();
  LatentMatch match = match_latents(truth, fit);
  EXPECT_THAT(match.fitted, ElementsAre(1, -1, 0)) << "L0 has latent 0, so L2 stands for 2; L1 hits nothing";
  EXPECT_EQ(match.n_labels, 2);
  EXPECT_EQ(match.n_agreeing(), 2);
  truth.labels[0] = {"L0", {}, {}};
  match = match_latents(truth, fit);
  EXPECT_THAT(match.fitted, ElementsAre(-1, -1, 0)) << "the latent that L2 shifts most";
  truth.labels[2].shifts = {-3, 1};
  match = match_latents(truth, fit);
  EXPECT_THAT(match.fitted, ElementsAre(0, -1, -1));
  EXPECT_EQ(match.sign[0], -1) << "fitted shift 2, true shift -3";
}

TEST(MatchLatents, WhatLabelsLeaveOverGoesByCorrelation) {
  KnownGraph truth = truth_of_three();
  truth.labels.pop_back();
  truth.labels.pop_back();
  const auto correlation = matrix({{0.9, 0, 0.1}, {0.2, 0.99, -0.8}, {-0.7, 0.9, 0.3}});
  const LatentMatch match = match_latents(truth, fit_of_three(), correlation);
  // Fitted 1 is L0's. Of 0 and 2 for true 1 and 2: |-0.8| + |-0.7| beats 0.2 + 0.3.
  EXPECT_THAT(match.fitted, ElementsAre(1, 2, 0));
  EXPECT_THAT(match.sign, ElementsAre(-1, -1, -1));
  EXPECT_THAT(match.by_correlation, ElementsAre(false, true, true));
  EXPECT_THAT(match_latents(truth, fit_of_three()).fitted, ElementsAre(1, -1, -1)) << "nothing is known of the cells";
}

TEST(MatchLatents, RefusesATruthOfOtherLabels) {
  LearnedGraph fit = fit_of_three();
  for (auto& label : fit.labels) label.label = "K" + label.label;
  try {
    match_latents(truth_of_three(), fit);
    FAIL() << "expected an InputError";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("truth: none of its labels is one of fit, for example 'KL0'"));
    EXPECT_THAT(error.what(), HasSubstr("L0"));
  }
}

TEST(PlaceTruth, TurnsToTheFitsNumbersAndSigns) {
  const KnownGraph truth = truth_of_three();
  LearnedGraph fit = fit_of_three();
  PlacedTruth placed = place_truth(truth, fit, match_latents(truth, fit));
  EXPECT_EQ(placed.weights.values, matrix({{0, -1, 0}, {0, 0, 0.5}, {0, 0, 0}}).values);
  EXPECT_EQ(placed.n_placed, 2);
  EXPECT_EQ(placed.n_lost, 0);
  std::swap(fit.labels[0].latent, fit.labels[2].latent);  // 0 first, 2 second
  placed = place_truth(truth, fit, match_latents(truth, fit));
  EXPECT_EQ(placed.weights(1, 0), -1) << "against the order of the fit";
  fit.labels[0].latent = fit.labels[2].latent = 1;
  fit.labels[0].sharpness = 0.5;
  placed = place_truth(truth, fit, match_latents(truth, fit));
  EXPECT_EQ(placed.n_lost, 2) << "both edges touch latent 0";
  EXPECT_EQ(placed.n_placed, 0);
}

TEST(AgreeingByChance, IsTheNumberOfLatentsThatAreHit) {
  // One label a latent: as many agree as distinct latents are hit, 3·(1 − (2/3)³).
  const double expected = 3 * (1 - 8.0 / 27);
  EXPECT_NEAR(agreeing_by_chance(truth_of_three(), fit_of_three(), Random(1, "t")), expected, 0.15);
}

}  // namespace
}  // namespace gracevae::impl
