#include "io/edge_list.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

EdgeListOptions scored(double least, const std::string& column = "") { return {least, column}; }

class EdgeList : public testing::Test {
 protected:
  /// "A>B 0.5 +": names with > where directed and - where not, the score, the sign.
  std::vector<std::string> read(const std::string& text, const EdgeListOptions& options = {},
                                const std::string& name = "e.txt") {
    std::vector<std::string> edges;
    summary_ = for_each_edge(folder_.write(name, text), options, [&](const Edge& edge) {
      edges.push_back(fmt::format("{}{}{}{}{}", edge.from, edge.directed ? ">" : "-", edge.to,
                                  std::isnan(edge.score) ? "" : fmt::format(" {}", edge.score),
                                  edge.sign == 0  ? ""
                                  : edge.sign > 0 ? " +"
                                                  : " !"));
    });
    return edges;
  }
  Thrown error_of(const std::string& text, const EdgeListOptions& options = {}, const std::string& name = "e.txt") {
    return message_of<InputError>([&] { read(text, options, name); });
  }
  TemporaryFolder folder_;
  EdgeListSummary summary_;
};

TEST_F(EdgeList, TwoColumnsAreTakenAsTheyAre) {
  EXPECT_THAT(read("FLNC MAP2K4\nFLNC SGCD\nFLNC SGCG\nFLNC MYOZ1\nFLNC KCND2\nFLNC PHLDB2\n"),
              ElementsAre("FLNC-MAP2K4", "FLNC-SGCD", "FLNC-SGCG", "FLNC-MYOZ1", "FLNC-KCND2", "FLNC-PHLDB2"));
  EXPECT_TRUE(summary_.plain);
  EXPECT_EQ(summary_.n_edges, 6);
  EXPECT_THAT(read("1000\t1001\n1001\t1002\n"), ElementsAre("1000-1001", "1001-1002")) << "Entrez ids";
  EXPECT_THAT(read("1000 1001 0.5\n1001 1002 0.25\n"), ElementsAre("1000-1001 0.5", "1001-1002 0.25"));
  EXPECT_THAT(read("A B\n"), ElementsAre("A-B"));
  EXPECT_THAT(read("TF TARGET1\nTP53 MDM2\n"), ElementsAre("TF-TARGET1", "TP53-MDM2")) << "TF is transferrin";
}

TEST_F(EdgeList, GenesThatAreCalledGene1AreNoHeader) {
  EXPECT_THAT(read("gene1 gene2\ngene2 gene30\n"), ElementsAre("gene1-gene2", "gene2-gene30"));
  EXPECT_THAT(read("gene1 gene2\nTP53 MDM2\n"), ElementsAre("TP53-MDM2"));
}

TEST_F(EdgeList, HeadersSeparatorsAndQuotes) {
  for (const char* text : {"source,target,importance\nA,B,0.5\nC,D,0.25\n",       // GEARS
                           ",source,target,importance\n0,A,B,0.5\n1,C,D,0.25\n",  // pandas
                           "\"source\";\"target\";\"importance\"\n\"A\";\"B\";0.5\n\"C\";\"D\";0.25\n",
                           "source target importance\r\nA B 0.5\r\nC D 0.25\r\n",
                           "\"from\" \"to\" \"weight\"\n\"1\" \"A\" \"B\" 0.5\n\"2\" \"C\" \"D\" 0.25\n",  // R
                           "\"\",\"from\",\"to\",\"weight\"\n\"1\",\"A\",\"B\",0.5\n\"2\",\"C\",\"D\",0.25\n",
                           "score\tGene A\tGene B\n0.5\tA\tB\n0.25\tC\tD\n", "x,y,w\nA,B,0.5\nC,D,0.25\n"})
    EXPECT_THAT(read(text), ElementsAre("A-B 0.5", "C-D 0.25")) << text;
  EXPECT_THAT(read("entity1,entity2\nNDUFA2,COX7C\n"), ElementsAre("NDUFA2-COX7C"));
  EXPECT_THAT(summary_.how, HasSubstr("e.txt: comma-separated, columns entity1 and entity2"));
  EXPECT_FALSE(summary_.plain);
  EXPECT_THAT(read("Gene_A,Gene_B,\"note, long\"\nA,B,\"c, d\"\nC,D,\n"), ElementsAre("A-B", "C-D"));
}

TEST_F(EdgeList, Gears) {
  read("source,target,importance\nA,B,0.5\n");
  EXPECT_THAT(summary_.how, testing::EndsWith("e.txt: comma-separated, columns source and target, score importance"));
}

TEST_F(EdgeList, StringLinksAndTheExportedTable) {
  EXPECT_THAT(read("protein1 protein2 combined_score\n9606.ENSP00000000233 9606.ENSP00000356607 173\n"
                   "9606.ENSP00000000233 9606.ENSP00000427567 900\n",
                   scored(700)),
              ElementsAre("9606.ENSP00000000233-9606.ENSP00000427567 900"));
  EXPECT_EQ(summary_.n_below, 1);
  EXPECT_THAT(summary_.how, HasSubstr("score combined_score; 1 edges have a score of at least 700, 1 less or none"));
  EXPECT_THAT(read("#node1\tnode2\tnode1_string_id\tnode2_string_id\thomology\texperimentally_determined_interaction\t"
                   "combined_score\nCDK1\tCCNB1\t9606.ENSP00000378699\t9606.ENSP00000256442\t0\t0.998\t0.999\n"),
              ElementsAre("CDK1-CCNB1 0.999"));
}

TEST_F(EdgeList, BiogridTab3) {
  EXPECT_THAT(
      read("#BioGRID Interaction ID\tEntrez Gene Interactor A\tEntrez Gene Interactor B\tBioGRID ID Interactor A\t"
           "BioGRID ID Interactor B\tSystematic Name Interactor A\tSystematic Name Interactor B\t"
           "Official Symbol Interactor A\tOfficial Symbol Interactor B\tExperimental System\tExperimental System Type\t"
           "Throughput\tScore\n"
           "103\t6416\t2318\t112315\t108607\t-\t-\tMAP2K4\tFLNC\tTwo-hybrid\tphysical\tLow Throughput\t-\n"
           "117\t84665\t88\t124185\t106603\t-\t-\tMYPN\tACTN2\t5\" end\tphysical\tLow Throughput\t0.9\n"),
      ElementsAre("MAP2K4-FLNC", "MYPN-ACTN2 0.9"));
}

TEST_F(EdgeList, OmniPathHasSignsAndDirections) {
  EXPECT_THAT(read("source\ttarget\tsource_genesymbol\ttarget_genesymbol\tis_directed\tis_stimulation\tis_inhibition\n"
                   "P0DP23\tP48995\tCALM1\tTRPC1\t1\t0\t1\nP1\tP2\tA\tB\t1\t1\t0\nP1\tP3\tA\tC\t0\t1\t1\n"
                   "P1\tP4\tA\t\t0\t1\t1\n"),
              ElementsAre("CALM1>TRPC1 !", "A>B +", "A-C"));
  EXPECT_EQ(summary_.n_unnamed, 1);
  EXPECT_THAT(summary_.how, HasSubstr("1 lines without a name are left out"));
}

TEST_F(EdgeList, SignsInAColumn) {
  EXPECT_THAT(read("tf\ttarget\tmor\nMYC\tTERT\t1\nMYC\tCDKN1A\t-1\n"), ElementsAre("MYC>TERT +", "MYC>CDKN1A !"));
  EXPECT_THAT(read("A\tB\tactivates\nC\tD\tinhibits\n"), ElementsAre("A>B +", "C>D !"));
  EXPECT_THAT(read("source,interaction,target\nA,->,B\nC,-|,D\nE,binds,F\n"), ElementsAre("A>B +", "C>D !", "E-F"));
}

TEST_F(EdgeList, Sif) {
  EXPECT_THAT(read("A\tpp\tB\nA\tpp\tC\tD\nLONE\nE\tactivates\tF\n", {}, "n.sif"),
              ElementsAre("A-B", "A-C", "A-D", "E>F +"));
  EXPECT_THAT(read("A controls-expression-of B\nC in-complex-with D E\n"), ElementsAre("A>B", "C-D", "C-E"));
  std::string sorted;
  for (const char* name : {"B", "C", "D", "E", "F", "G"}) sorted += fmt::format("A links-to {}\n", name);
  EXPECT_EQ(read(sorted).back(), "A-G") << "a relation that is not known, but one for all";
  EXPECT_THAT(summary_.how, HasSubstr("(SIF)"));
  EXPECT_THAT(error_of("A\tpp\n", {}, "n.sif"), At("n.sif line 1", "2"));
  EXPECT_THAT(error_of("A\tpp\tB\n", scored(1), "n.sif"), At("", "network.edge_score"));
}

TEST_F(EdgeList, ScoresByAskingOrByTheOnlyNumbers) {
  const char* two = "source,target,rank,rho\nA,B,1,0.5\nC,D,2,0.25\nE,F,3,NA\n";
  EXPECT_THAT(read(two), ElementsAre("A-B", "C-D", "E-F"));
  EXPECT_THAT(error_of(two, scored(0.3)),
              At("e.txt", "rank", "rho", "network.edge_score_column rank", "network.edge_score"));
  EXPECT_THAT(read(two, scored(2, "rank")), ElementsAre("C-D 2", "E-F 3"));
  EXPECT_THAT(read(two, scored(0.3, "rho")), ElementsAre("A-B 0.5"));
  EXPECT_THAT(read(two, scored(0.3, "4")), ElementsAre("A-B 0.5"));
  EXPECT_THAT(error_of(two, scored(0.3, "rh")), AllOf(At("", "rh", "network.edge_score_column"), HasHint()));
  EXPECT_THAT(error_of(two, scored(0.3, "target")), At("e.txt line 2", "B"));
  EXPECT_THAT(error_of("A B 0.5\n", scored(0, "9")), At("", "1 to 3"));
  EXPECT_THAT(error_of("A B 1 2\nC D 3 4\n", scored(2)), At("", "network.edge_score_column", "3"));
  EXPECT_THAT(read("A B 1 2\nC D 3 4\n", scored(2, "3")), ElementsAre("C-D 3"));
  EXPECT_THAT(error_of("A B\n", scored(2)), HasSubstr("no column of numbers"));
  EXPECT_THAT(error_of("source,target,score\nA,B,0.15\nC,D,0.999\n", scored(700)),
              At("e.txt", "700", "0.15", "0.999", "network.edge_score"));
}

TEST_F(EdgeList, ErrorsNameTheLine) {
  EXPECT_THAT(error_of("A B C\n"), At("e.txt line 1", "C", "3"));
  EXPECT_THAT(error_of("A\n"), At("e.txt line 1", "1", "2 names"));
  EXPECT_THAT(error_of("source,target\nA,B\nC\n"), At("e.txt line 3", "1", "2"));
  EXPECT_THAT(error_of("A B\nC D\n\"E F\n"), At("e.txt line 3", "1"));
  EXPECT_THAT(error_of("A\tB\tC\tD\nE\tF\tG\tH\n"), At("line 1", "C", "3"));
  EXPECT_THAT(error_of(",A,B,C\nA,0,1,0\nB,1,0,1\nC,0,1,0\n"), At("", "4", "1")) << "a matrix";
  EXPECT_THAT(error_of("A 1 2\nB 3 4\n"), At("", "2 names"));
}

TEST_F(EdgeList, LinesBehindTheFirstThousandAreReadAlike) {
  std::string text = "source,target,score\n";
  for (int i = 0; i < 2500; ++i) text += fmt::format("g{},h{},{}\n", i, i, i);
  EXPECT_EQ(read(text, scored(1500)).size(), 1000u);
  EXPECT_EQ(summary_.n_below, 1500);
  EXPECT_THAT(error_of(text + "x,y\n"), At("e.txt line 2502", "2", "3"));
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("source,target\n").empty());
}

}  // namespace
}  // namespace gracevae::impl
