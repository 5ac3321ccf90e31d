#include "network/target_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using Names = std::vector<std::string>;

/// Genes G1 … G5; targets: G2 and T, which is not measured, and U, of which nothing is known. G5 has no edge.
class TargetGraphTest : public testing::Test {
 protected:
  TargetGraphTest() {
    folder_.write("edges.txt", "G1 G2\nG3 G1\nT G4\nG3 G4\nG4 STRANGER\nG1 G1\nT T\n");
    options_.edges = (folder_.path() / "edges.txt").string();
  }
  TargetGraph build(const Names& trained, bool near) const {
    return build_target_graph({"G5", "G4", "G3", "G2", "G1"}, {{"G2", "T", "U"}, trained}, options_, near);
  }
  static std::vector<std::pair<std::string, std::string>> edges(const TargetGraph& graph) {
    std::vector<std::pair<std::string, std::string>> result;
    for (std::int64_t i = 0; i < graph.neighbours.n_rows; ++i)
      for (const auto j : graph.neighbours.row_indices(i))
        if (i < j)
          result.emplace_back(graph.nodes[static_cast<std::size_t>(i)], graph.nodes[static_cast<std::size_t>(j)]);
    return result;
  }
  TemporaryFolder folder_;
  NetworkOptions options_;
};

TEST_F(TargetGraphTest, HasTheGenesAndTargetsThatInteract) {
  const TargetGraph graph = build({"G2"}, false);
  EXPECT_EQ(graph.nodes, Names({"G1", "G2", "G3", "G4", "T"}));
  EXPECT_EQ(graph.candidates, std::vector<std::int64_t>({1, 4}));
  EXPECT_THAT(edges(graph), testing::UnorderedElementsAre(std::pair("G1", "G2"), std::pair("G1", "G3"),
                                                          std::pair("G3", "G4"), std::pair("G4", "T")));
}

TEST_F(TargetGraphTest, OneHopIsTheTargetsAndTheirNeighbours) {
  const TargetGraph graph = build({"G2"}, true);
  EXPECT_EQ(graph.nodes, Names({"G1", "G2", "G4", "T"}));
  EXPECT_EQ(graph.candidates, std::vector<std::int64_t>({1, 3}));
  EXPECT_THAT(edges(graph), testing::UnorderedElementsAre(std::pair("G1", "G2"), std::pair("G4", "T")));
}

TEST_F(TargetGraphTest, ATargetThatTrainsKeepsItsNode) {
  for (const bool near : {false, true}) {
    const TargetGraph graph = build({"G2", "U"}, near);
    EXPECT_EQ(graph.nodes.back(), "U");
    EXPECT_EQ(graph.neighbours.row_size(graph.neighbours.n_rows - 1), 0U);
    EXPECT_EQ(graph.candidates.back(), graph.neighbours.n_rows - 1);
  }
}

TEST_F(TargetGraphTest, NeedsProteinInteractions) {
  folder_.write("sets.gmt", "One\tP1\tG1\tG2\n");
  options_ = {};
  options_.gmt = (folder_.path() / "sets.gmt").string();
  test::expect_error<ConfigError>([&] { build({}, false); }, {"places targets in the graph of protein interactions"});
}

TEST_F(TargetGraphTest, PlacesTargetsByTheirAliases) {
  folder_.write("edges.txt", "G1 OLD\nG3 G1\n");
  Screen screen;
  screen.aliases = std::make_shared<const GeneAliases>(std::vector<GeneNameRow>{{"T", {"OLD"}, {}}}, "t.tsv");
  const TargetGraph graph = build_target_graph({"G1", "G3"}, {{"T"}, {"T"}}, options_, false, &screen);
  EXPECT_EQ(graph.nodes, Names({"G1", "G3", "T"}));
  EXPECT_THAT(edges(graph), testing::UnorderedElementsAre(std::pair("G1", "T"), std::pair("G1", "G3")));
}

}  // namespace
}  // namespace gracevae::impl
