#include "io/gene_sets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(Gmt, NameIdAndGenes) {
  const TemporaryFolder folder;
  const auto sets = read_gmt(folder.write("a.gmt", "Cell cycle\tR-1\tA\tB\tC\n\nApoptosis\tR-2\tD"));
  ASSERT_EQ(sets.size(), 2u);
  EXPECT_EQ(sets[0].name, "Cell cycle");
  EXPECT_EQ(sets[0].id, "R-1");
  EXPECT_THAT(sets[0].genes, ElementsAre("A", "B", "C"));
  EXPECT_THAT(sets[1].genes, ElementsAre("D"));
}

TEST(Gmt, ByteOrderMarkCarriageReturnsAndTrailingTabs) {
  const TemporaryFolder folder;
  const auto sets = read_gmt(folder.write("a.gmt", "\xEF\xBB\xBFx\tR-1\tA\t B \t\t\r\n \r\ny\tR-2\tC\r\n"));
  ASSERT_EQ(sets.size(), 2u);
  EXPECT_EQ(sets[0].name, "x");
  EXPECT_THAT(sets[0].genes, ElementsAre("A", "B"));
  EXPECT_THAT(sets[1].genes, ElementsAre("C"));
}

TEST(Gmt, ErrorsNameTheLine) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    return message_of<InputError>([&] { read_gmt(folder.write("a.gmt", text)); });
  };
  EXPECT_THAT(error("x\tR-1\tA\n\ny\tR-2\n"), At("a.gmt line 3", "2", "at least 3"));
  EXPECT_THAT(error("x R-1 A\n"), At("a.gmt line 1", "1"));
  EXPECT_THAT(error("x\t\tA\nx\t\tB\n"), At("a.gmt line 2", "x", "1"));
  EXPECT_THAT(error("\t\tA\n"), At("a.gmt line 1"));
  EXPECT_THAT(error("x\tR-1\t\t \n"), At("a.gmt line 1", "x"));
  EXPECT_THAT(error("x\tR-1\tA\ny\tR-1\tB\n"), At("a.gmt line 2", "R-1", "1"));
  EXPECT_THAT(error(""), At("a.gmt"));
  EXPECT_THAT(error("\n\n"), At("a.gmt"));
  EXPECT_THAT(message_of<IoError>([&] { read_gmt(folder.file("absent.gmt")); }), At("", "absent.gmt"));
}

TEST(Gmt, NamesAreIdsWhereTheSecondColumnHasNone) {
  const TemporaryFolder folder;
  std::string how;
  const auto ids = [&](const std::string& text) {
    std::vector<std::string> found;
    for (const GeneSet& set : read_gmt(folder.write("a.gmt", text), &how)) found.push_back(set.id);
    return found;
  };
  EXPECT_THAT(ids("x\t\tA\t\ny\t\tB\t\n"), ElementsAre("x", "y")) << "Enrichr";
  EXPECT_THAT(how,
              testing::EndsWith("a.gmt: the second column holds no id for 2 of 2 sets: their names are their ids"));
  EXPECT_THAT(ids("x\tna\tA\r\ny\tna\tB\r\n"), ElementsAre("x", "y"));
  EXPECT_THAT(ids("x\tR-1\tA\ny\tNA\tB\n"), ElementsAre("R-1", "y"));
  EXPECT_THAT(ids("x\thttp://a.org/x\tA\ny\thttp://a.org/y\tB\n"), ElementsAre("http://a.org/x", "http://a.org/y"));
  EXPECT_EQ(how, "");
  EXPECT_THAT(ids("x\thttp://a.org\tA\ny\thttp://a.org\tB\n"), ElementsAre("x", "y"));
  EXPECT_THAT(ids("x\tKEGG\tA\ny\tKEGG\tB\nz\tKEGG\tC\n"), ElementsAre("x", "y", "z"));
  EXPECT_THAT(how, HasSubstr("descriptions, no ids, for 3 of 3 sets"));
}

TEST(Gmt, GenesWithWeightsJoinedOrInQuotes) {
  const TemporaryFolder folder;
  std::string how;
  const auto genes = [&](const std::string& cells) {
    return read_gmt(folder.write("a.gmt", "x\tR-1\t" + cells + "\n"), &how)[0].genes;
  };
  EXPECT_THAT(genes("KLF1,1.0\tGATA1,0.5\t"), ElementsAre("KLF1", "GATA1"));
  EXPECT_THAT(how, HasSubstr("2 weights of genes are left out"));
  EXPECT_THAT(genes("KLF1,1.0"), ElementsAre("KLF1"));
  EXPECT_THAT(genes("KLF1,GATA1, MYC"), ElementsAre("KLF1", "GATA1", "MYC"));
  EXPECT_THAT(how, HasSubstr("the genes of 1 sets stand in one cell and are parted"));
  EXPECT_THAT(genes("1000,1001"), ElementsAre("1000", "1001")) << "Entrez ids";
  EXPECT_THAT(genes("1000,1.0\t1001,1.0"), ElementsAre("1000", "1001"));
  EXPECT_THAT(genes("KLF1;GATA1"), ElementsAre("KLF1", "GATA1"));
  EXPECT_THAT(genes("\"KLF1\"\t\"GATA1\""), ElementsAre("KLF1", "GATA1"));
  EXPECT_THAT(genes("S\tSARS coronavirus, complete genome"), ElementsAre("S", "SARS coronavirus, complete genome"));
  EXPECT_EQ(how, "");
}

TEST(Gmt, FilesOneAfterTheOther) {
  const TemporaryFolder folder;
  const auto a = folder.write("a.gmt", "x\tR-1\tA\n"), b = folder.write("b.gmt", "y\tR-2\tB\nz\tR-1\tC\n");
  EXPECT_EQ(read_gmts({a}).size(), 1u);
  EXPECT_TRUE(read_gmts({}).empty());
  EXPECT_THAT(message_of<InputError>([&] {
                read_gmts({a, b});
              }),
              testing::AllOf(HasSubstr("b.gmt: the gene set 'R-1' is in "), HasSubstr("a.gmt too")));
  const auto sets = read_gmts({folder.write("c.gmt", "w\tna\tW\n"), b});
  ASSERT_EQ(sets.size(), 3u);
  EXPECT_EQ(sets[0].id, "w");
  EXPECT_EQ(sets[2].id, "R-1");
}

TEST(Gmt, SurvivesWritingAndReading) {
  const TemporaryFolder folder;
  write_gmt(folder.file("a.gmt"), {{"a\tname", "R-1", {"A", "B"}}, {"b", "R-2", {"C"}}});
  EXPECT_EQ(bytes_of(folder.file("a.gmt")), "a name\tR-1\tA\tB\nb\tR-2\tC\n");
  EXPECT_EQ(read_gmt(folder.file("a.gmt"))[0].name, "a name");
}

TEST(Pairs, SpacesTabsOrCommas) {
  const TemporaryFolder folder;
  const auto pairs = read_pairs(folder.write("a.txt",
                                             "\xEF\xBB\xBF# a comment\nA B\nC\tD\r\n\nE,F\n  G   H  \nI , J\n"
                                             "K L 0.5\nM\tN\t-1e-3\nO,P,7"));
  EXPECT_THAT(pairs, ElementsAre(Pair("A", "B"), Pair("C", "D"), Pair("E", "F"), Pair("G", "H"), Pair("I", "J"),
                                 Pair("K", "L"), Pair("M", "N"), Pair("O", "P")));
  EXPECT_TRUE(read_pairs(folder.write("a.txt", "# nothing\n")).empty());
}

TEST(Pairs, ErrorsNameTheLine) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    return message_of<InputError>([&] { read_pairs(folder.write("a.txt", text)); });
  };
  EXPECT_THAT(error("A B\n# x\nC\n"), At("a.txt line 3", "1", "2"));
  EXPECT_THAT(error("A B C\n"), At("a.txt line 1", "C", "3"));
  EXPECT_THAT(error("A B 1.5x\n"), At("", "1.5x", "3"));
  EXPECT_THAT(error("A B\nC D 1 2\n"), At("a.txt line 1", "2", "4"));
  EXPECT_THAT(error("A,,0.5\n"), At("a.txt line 1", "2"));
  EXPECT_THAT(error("A\t\t0.5\n"), At("a.txt line 1", "2"));
  EXPECT_THAT(error("A B\tC\n"), At("a.txt line 1", "A B", "1"));
}

TEST(Pairs, SurviveWritingAndReading) {
  const TemporaryFolder folder;
  const std::vector<std::pair<std::string, std::string>> pairs{{"A", "B"}, {"A", "A"}};
  write_pairs(folder.file("a.txt"), pairs);
  EXPECT_EQ(bytes_of(folder.file("a.txt")), "A\tB\nA\tA\n");
  EXPECT_EQ(read_pairs(folder.file("a.txt")), pairs);
}

TEST(GeneSets, RealReactomeAndProteinNetwork) {
  const char* chosen = std::getenv("GRACEVAE_DATA");
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  const std::filesystem::path root =
      chosen ? std::filesystem::path(chosen) : std::filesystem::path(source ? source : ".") / "../shared/data";
  if (!std::filesystem::exists(root / "reactome")) GTEST_SKIP() << "no data in " << root << ": set GRACEVAE_DATA";
  EXPECT_EQ(read_gmt(root / "reactome/ReactomePathways.gmt").size(), 2694u);
  EXPECT_EQ(read_pairs(root / "ppi/global_ppi_edgelist.txt").size(), 207641u);
}

}  // namespace
}  // namespace gracevae::impl
