#include "explain/program_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/consensus.hpp"

namespace gracevae::impl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Four latents in a chain, 0 → 1 → 3 and weakly 0 → 2, each the target of one label; moved far from its start.
LearnedGraph chain(const std::string& source = "run") {
  LearnedGraph graph;
  graph.source = source;
  graph.mechanism = "relu";
  graph.identified = true;
  for (int k = 0; k < 4; ++k) graph.labels.push_back({std::string(1, static_cast<char>('A' + k)), k, 1, 1});
  graph.graph = Matrix<double>(4, 4);
  graph.graph(0, 1) = 0.8;
  graph.graph(1, 3) = -0.6;
  graph.graph(0, 2) = 0.1;
  graph.weights = graph.graph;
  graph.weights(1, 3) = -1.2;
  graph.threshold = 0.3;
  graph.threshold_rule = "a rule";
  graph.diagnostics = {{"max_abs_g", 0.8},
                       {"start_max_abs_g", 0.2},
                       {"start_mean_abs_g", 0.08},
                       {"mean_change_of_g", 0.3}};
  return graph;
}

std::vector<Program> programs() {
  std::vector<Program> result(4);
  for (std::size_t k = 0; k < 4; ++k) {
    result[k].latent = static_cast<std::int64_t>(k);
    result[k].name = k == 1 ? "\"Cell\" <cycle> & more" : "name " + std::to_string(k);
    result[k].labels = {{std::string(1, static_cast<char>('A' + k)), 1, 1, true}, {"Z", 0.2, 1, false}};
  }
  return result;
}

TEST(ProgramGraph, EdgesByWeightAndThreshold) {
  const ProgramGraph graph = program_graph(chain(), 0, true);
  ASSERT_EQ(graph.edges.size(), 3U);
  EXPECT_EQ(graph.edges[0].weight, -1.2) << "the largest first";
  EXPECT_EQ(graph.edges[0].raw_weight, -0.6);
  EXPECT_EQ(graph.kept().size(), 2U);
  EXPECT_EQ(graph.threshold_rule, "a rule");
  EXPECT_FALSE(graph.noise) << testing::PrintToString(graph.reasons);
  EXPECT_EQ(program_graph(chain(), 1, true).kept().size(), 1U);
  EXPECT_EQ(program_graph(chain(), 0.01, true).kept().size(), 3U);
}

TEST(ProgramGraph, NoMoreThanNoise) {
  LearnedGraph graph = chain();
  graph.identified = false;
  EXPECT_THAT(program_graph(graph, 0, true).reasons, ElementsAre(HasSubstr("moved into the decoder")));
  graph = chain();
  graph.diagnostics["mean_change_of_g"] = 0.03;
  EXPECT_THAT(program_graph(graph, 0, true).reasons, ElementsAre(HasSubstr("began, at random, at 0.08")));
  EXPECT_FALSE(program_graph(graph, 0, false).noise) << "it did not begin at random";
  graph = chain();
  graph.diagnostics["start_max_abs_g"] = 0.9;
  EXPECT_THAT(program_graph(graph, 0, true).reasons, ElementsAre(HasSubstr("0.9 was among the random numbers")));
  graph = chain();
  for (double& weight : graph.graph.values) weight *= 0.01;
  EXPECT_THAT(program_graph(graph, 0, true).reasons, ElementsAre(HasSubstr("largest weight is 0.008")));
}

TEST(ProgramGraph, FrequenciesOfSeveralRuns) {
  LearnedGraph second = chain("second"), third = chain("third");
  second.weights(1, 3) = 0;
  third.weights(0, 1) = 0;
  const auto agreed = consensus({chain(), second, third}, std::nullopt, std::nullopt);
  const ProgramGraph graph = program_graph(chain(), 0, true, &agreed);
  EXPECT_NEAR(*graph.edges[0].frequency, 2.0 / 3, 1e-12);
  EXPECT_NEAR(*graph.edges[1].frequency, 2.0 / 3, 1e-12);
  EXPECT_EQ(*graph.edges[2].frequency, 0) << "under the threshold everywhere";
}

TEST(ProgramGraph, RunsThatDoNotAgreeAreNoise) {
  LearnedGraph second = chain("second");
  second.weights = Matrix<double>(4, 4);
  second.weights(2, 3) = second.weights(1, 2) = second.weights(0, 3) = 1;
  LearnedGraph third = second;
  third.source = "third";
  third.weights = Matrix<double>(4, 4);
  const auto agreed = consensus({chain(), second, third}, std::nullopt, std::nullopt);
  EXPECT_THAT(program_graph(chain(), 0, true, &agreed).reasons,
              ElementsAre(HasSubstr("0 edges are in 2 or more of 3 runs")));
}

TEST(ProgramGraph, Formats) {
  const ProgramGraph graph = program_graph(chain(), 0, true);
  const std::string xml = to_graphml(graph, programs());
  EXPECT_THAT(xml, HasSubstr("<node id=\"p1\"><data key=\"name\">&quot;Cell&quot; &lt;cycle&gt; &amp; more</data>"
                             "<data key=\"labels\">B</data></node>"));
  EXPECT_THAT(xml, HasSubstr("<edge source=\"p1\" target=\"p3\"><data key=\"weight\">-1.2</data>"));
  EXPECT_THAT(xml, testing::Not(HasSubstr("source=\"p0\" target=\"p2\""))) << "under the threshold";
  const std::string dot = to_dot(graph, programs());
  EXPECT_THAT(dot, HasSubstr("p1 [label=\"\\\"Cell\\\" <cycle> & more\"];"));
  EXPECT_THAT(dot, HasSubstr("p1 -> p3 [label=\"-1.2\", penwidth=4.00, arrowhead=tee];"));
  EXPECT_THAT(dot, testing::Not(HasSubstr("p2"))) << "without an edge";
  EXPECT_EQ(to_sif(graph), "p1\tinhibits\tp3\np0\tactivates\tp1\np2\n");
  const auto json = to_json(graph, programs());
  EXPECT_EQ(json.at("nodes").size(), 4U);
  EXPECT_EQ(json.at("edges").at(0).at("target"), "p3");
  EXPECT_TRUE(json.at("edges").at(0).at("frequency").is_null());
}

}  // namespace
}  // namespace gracevae::impl
