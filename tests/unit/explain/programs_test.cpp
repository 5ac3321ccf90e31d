#include "explain/programs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace gracevae::impl {
namespace {

using testing::ElementsAre;

/// Two programs over eight genes: the first moves G0 … G3 up, the second G4 up and G5 down. A and B hit the first, C
/// the second.
Responses two_programs() {
  Responses responses;
  for (int g = 0; g < 8; ++g) responses.genes.push_back("G" + std::to_string(g));
  responses.cells = {"c0", "c1", "c2"};
  responses.control = {1, 2, 3, 4, 5, 6, 7, 8};
  responses.labels = {"A", "B", "C"};
  responses.label_cells = {40, 30, 20};
  responses.direct_mean = Matrix<double>(2, 8);
  responses.direct_sd = Matrix<double>(2, 8, 0.1);
  responses.total_mean = Matrix<double>(2, 8);
  const std::vector<double> first = {4, 3, 2, 1, 0, 0, 0, 0}, second = {0, 0, 0, 0, 1, -2, 0, 0};
  for (std::int64_t g = 0; g < 8; ++g) {
    responses.direct_mean(0, g) = first[static_cast<std::size_t>(g)];
    responses.direct_mean(1, g) = second[static_cast<std::size_t>(g)];
    responses.total_mean(0, g) = first[static_cast<std::size_t>(g)] + second[static_cast<std::size_t>(g)] / 2;
    responses.total_mean(1, g) = second[static_cast<std::size_t>(g)];
  }
  responses.z = responses.u = Matrix<float>(3, 2);
  for (std::int64_t i = 0; i < 3; ++i) {
    responses.z(i, 0) = static_cast<float>(i - 1);
    responses.u(i, 0) = static_cast<float>(2 * (i - 1));
  }
  responses.share = Matrix<double>(3, 2);
  responses.share(0, 0) = 0.95;
  responses.share(0, 1) = 0.05;
  responses.share(1, 0) = 0.7;
  responses.share(1, 1) = 0.3;
  responses.share(2, 1) = 1;
  responses.shift = {2, -1, 3};
  const auto effect = [&](std::vector<std::string> targets, std::vector<double> mean) {
    responses.effects.push_back(
        {std::move(targets), std::move(mean), std::vector<double>(8, 0.5), {}, {}, std::vector<double>(8, 0.1)});
  };
  effect({"A"}, {2, 1, 0, 0, 0, 0, 0, 0});
  effect({"B"}, {0, 0, 1, 0, 0, 0, 0, 0});
  effect({"C"}, {0, 0, 0, 0, 1, -2, 0, 0});
  effect({"A", "B"}, {2, 1, 1, 0, 0, 0, 0, 0});
  effect({"A", "C"}, {1, 0.5, 0, 0, 0.5, -1, 0, 3});
  return responses;
}

const std::vector<GeneSet> kSets = {{"Pathway one", "R1", {"G0", "G1", "G2", "A", "B"}},
                                    {"Pathway two", "R2", {"G5", "G6", "G7"}},
                                    {"Huge", "R3", {"G0", "G1", "G2", "G3", "G4", "G5", "G6", "G7"}}};

ExplainOptions options() {
  ExplainOptions result;
  result.program_genes = 3;
  result.least_set = 2;
  result.most_set = 6;
  result.max_q = 0.2;
  return result;
}

std::vector<Program> programs_of(const Responses& responses, const std::vector<GeneSet>& sets,
                                 const ExplainOptions& asked) {
  return explain_programs(responses, sets, gene_set_tests(responses, sets, asked), asked);
}

std::vector<Label> labels_of(const Responses& responses, const std::vector<GeneSet>& sets,
                             const ExplainOptions& asked) {
  return explain_labels(responses, gene_set_tests(responses, sets, asked), asked);
}

TEST(Programs, GenesLabelsAndNames) {
  const auto programs = programs_of(two_programs(), kSets, options());
  ASSERT_EQ(programs.size(), 2U);
  const auto& first = programs[0].explanation;
  ASSERT_EQ(first.up.size(), 3U) << "as many as asked for";
  EXPECT_EQ(first.up[0].gene, "G0");
  EXPECT_EQ(first.up[2].gene, "G2");
  EXPECT_TRUE(first.down.empty());
  EXPECT_EQ(first.up[0].total, 4);
  const auto& second = programs[1].explanation;
  ASSERT_EQ(second.down.size(), 1U);
  EXPECT_EQ(second.down[0].gene, "G5");
  EXPECT_EQ(second.up[0].gene, "G4");
  EXPECT_EQ(second.up.size(), 1U) << "genes that do not move are no genes of the program";

  ASSERT_EQ(programs[0].labels.size(), 2U);
  EXPECT_EQ(programs[0].labels[0].label, "A");
  EXPECT_TRUE(programs[0].labels[0].main);
  EXPECT_EQ(programs[0].labels[1].shift, -1);
  ASSERT_EQ(programs[1].labels.size(), 2U) << "C, and B with a share of 0.3";
  EXPECT_EQ(programs[1].labels[0].label, "C");
  EXPECT_FALSE(programs[1].labels[1].main);
  EXPECT_EQ(programs[0].noise_sd, 1);
  EXPECT_EQ(programs[0].sd, 2);

  EXPECT_EQ(programs[0].name, "Pathway one (A, B)");
  EXPECT_EQ(programs[1].name, "C") << "no gene set stands out";
}

TEST(Programs, EnrichmentAmongGenesAndAmongLabels) {
  ExplainOptions lenient = options();
  lenient.max_q = 0.4;
  const auto programs = programs_of(two_programs(), kSets, lenient);
  const auto& pathways = programs[0].explanation.pathways;
  ASSERT_EQ(pathways.size(), 3U);
  EXPECT_EQ(pathways[0].among, "genes");
  EXPECT_EQ(pathways[0].id, "R1");
  EXPECT_THAT(pathways[0].members, ElementsAre("G0", "G1", "G2"));
  EXPECT_NEAR(pathways[0].test.p, 1.0 / 56, 1e-12);  // all of 3 in 3 of 8
  EXPECT_NEAR(pathways[0].test.q, 2.0 / 56, 1e-12) << "two sets are tested: the third is too large";
  EXPECT_EQ(pathways[1].id, "R2") << "by the rank test: its genes are moved less than others";
  EXPECT_LT(pathways[1].test.rank_z, 0);
  EXPECT_EQ(pathways[2].among, "labels");
  EXPECT_THAT(pathways[2].members, ElementsAre("A", "B"));
  EXPECT_NEAR(pathways[2].test.p, 10.0 / 55, 1e-12);  // A and B in 5 of 11: measured genes and labels
  ASSERT_TRUE(pathways[2].p_among_labels);
  EXPECT_NEAR(*pathways[2].p_among_labels, 1.0 / 3, 1e-12);
  for (const auto& pathway : programs[1].explanation.pathways)
    EXPECT_EQ(pathway.among, "genes") << "one label is not tested";
}

/// A pushes the first program by 0.95·2, B by 0.7·1: A knows better what a push by one does.
TEST(Programs, ErrorsAreThoseOfTheLabelThatKnowsBest) {
  Responses responses = two_programs();
  const auto programs = programs_of(responses, {}, options());
  for (const double se : programs[0].se) EXPECT_NEAR(se, 0.1 / 1.9, 1e-12);
  for (const double se : programs[1].se) EXPECT_NEAR(se, 0.1 / 3, 1e-12);
  const ExplainedGene& gene = programs[0].explanation.up[1];
  EXPECT_EQ(gene.gene, "G1");
  EXPECT_EQ(gene.control, 2);
  EXPECT_NEAR(gene.se, 0.1 / 1.9, 1e-12);
  EXPECT_NEAR(gene.z(), 3 / (0.1 / 1.9), 1e-9);
  responses.effects[0].se.assign(8, 1);
  EXPECT_NEAR(programs_of(responses, {}, options())[0].se[0], 0.1 / 0.7, 1e-12) << "now B";
  responses.shift = {0, 0, 3};
  const auto still = programs_of(responses, {}, options());
  EXPECT_TRUE(std::isnan(still[0].se[0])) << "no label pushes it";
  EXPECT_TRUE(std::isnan(still[0].strength.sure));
  EXPECT_EQ(still[0].explanation.up[0].gene, "G0") << "by size then";
}

TEST(Programs, GenesAndLabelsByWhatIsSure) {
  Responses responses = two_programs();
  responses.effects[0].se = {1.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
  const auto labels = labels_of(responses, {}, options());
  EXPECT_EQ(labels[0].explanation.up[0].gene, "G1") << "of G0, 2 ± 1.5, nothing is sure";
  EXPECT_NEAR(labels[0].strength.norm, std::sqrt(5.0), 1e-12);
  EXPECT_NEAR(labels[0].strength.sure, 1 - 0.196, 1e-12);
  EXPECT_EQ(labels[0].n_cells, 40);
  std::vector<std::string> order;
  for (const Label* label : strongest_first(labels)) order.push_back(label->label);
  EXPECT_THAT(order, ElementsAre("C", "A", "B")) << "A and B have equal sure parts; A is larger";
}

TEST(Programs, WithoutGeneSetsOrLatents) {
  Responses responses = two_programs();
  const auto programs = programs_of(responses, {}, options());
  EXPECT_EQ(programs[0].name, "A, B");
  responses.share = Matrix<double>();
  EXPECT_TRUE(programs_of(responses, kSets, options()).empty());
  const auto labels = labels_of(responses, kSets, options());
  ASSERT_EQ(labels.size(), 3U);
  EXPECT_FALSE(labels[0].program);
  EXPECT_EQ(labels[2].explanation.down[0].gene, "G5");
  EXPECT_FALSE(labels[2].explanation.down[0].total);
}

TEST(Programs, ALabelKnowsItsProgram) {
  const auto labels = labels_of(two_programs(), {}, options());
  EXPECT_EQ(labels[1].program, 0);
  EXPECT_EQ(labels[1].share, 0.7);
  EXPECT_EQ(labels[2].program, 1);
}

}  // namespace
}  // namespace gracevae::impl
