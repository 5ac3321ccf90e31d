#include "network/name_check.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>

#include "base/error.hpp"
#include "network/context_graph.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Names = std::vector<std::string>;

TEST(KindOfNames, ByWhatMostOfThemLookLike) {
  EXPECT_EQ(kind_of_names({"7157", "1000", "KLF1"}), "Entrez ids");
  EXPECT_EQ(kind_of_names({"ENSG00000141510", "ENSG00000105610.6"}), "Ensembl ids");
  EXPECT_EQ(kind_of_names({"9606.ENSP00000269305"}), "STRING's protein ids");
  EXPECT_EQ(kind_of_names({"ENSMUSP00000104298"}), "Ensembl protein ids");
  EXPECT_EQ(kind_of_names({"HGNC:11998"}), "HGNC ids");
  EXPECT_EQ(kind_of_names({"P04637", "Q00987", "A0A024R161"}), "UniProt accessions");
  EXPECT_EQ(kind_of_names({"Klf1", "Gata1", "H2-K1"}), "mouse symbols");
  EXPECT_EQ(kind_of_names({"KLF1", "H2AC6", "NKX2-1"}), "human symbols");
  EXPECT_EQ(kind_of_names({"'KLF1'", "'GATA1'"}), "names between quotes");
  EXPECT_EQ(kind_of_names({"KLF1,GATA1"}), "several names joined together");
  EXPECT_EQ(kind_of_names({"g1", "g2"}), "names");
  EXPECT_EQ(kind_of_names({}), "names");
}

/// Networks of a screen whose genes are 20 symbols of blood cells.
class NetworkNames : public testing::Test {
 protected:
  const Names symbols_{"KLF1", "GATA1", "MYC",  "TP53", "SPI1", "CEBPA", "RUNX1", "GFI1", "TAL1",  "LMO2",
                       "HBG1", "HBZ",   "GYPA", "TFRC", "MPO",  "ELANE", "LYZ",   "CD33", "STAT1", "IRF1"};
  TemporaryFolder folder_;
  NetworkOptions options_;

  Screen screen_of(const Names& genes, const std::string& aliases = "") const {
    AnnData data = test::data_of({"control", genes[0]}, {}, static_cast<std::int64_t>(genes.size()));
    data.var.index = genes;
    ScreenOptions options = test::named_options();
    options.aliases = aliases;
    return screen_from_anndata(std::move(data), options);
  }
  ContextGraph build(const std::string& aliases = "") const {
    const Screen screen = screen_of(symbols_, aliases);
    return build_context_graph(screen.genes, options_, &screen);
  }
  void write(const std::string& name, const std::string& text) {
    folder_.write("net/" + name, text);
    options_.network = (folder_.path() / "net").string();
  }
};

TEST_F(NetworkNames, GeneSetsOfEntrezIdsBesideInteractionsOfSymbols) {
  write("pathways.gmt", "One\tP1\t10661\t2623\nTwo\tP2\t4609\t7157\n");
  write("edgelist.txt", "KLF1 GATA1\nMYC TP53\n");
  expect_error<InputError>([&] { build(); },
                           {"pathways.gmt: none of its 4 names is a gene of the screen: it has Entrez ids ('10661', "
                            "'2623', '4609', …), the screen symbols ('KLF1', 'GATA1', 'MYC', …)",
                            "screen.aliases: HGNC's download with the columns symbol and entrez_id",
                            "network.level gg goes without gene sets", "network.allow_empty"});
  // Every way out leads on.
  const std::string hgnc =
      folder_.write("hgnc.tsv", "symbol\tentrez_id\nKLF1\t10661\nGATA1\t2623\nMYC\t4609\nTP53\t7157\n").string();
  EXPECT_EQ(build(hgnc).n_pg, 4);
  options_.level = "gg";
  EXPECT_EQ(build().n_gg, 2);
  options_.level = "full";
  options_.allow_empty = true;
  const ContextGraph graph = build();
  EXPECT_EQ(graph.n_gg, 2);
  EXPECT_EQ(graph.n_pg, 0);
  EXPECT_THAT(graph.warnings, ElementsAre(HasSubstr("none of its 4 names is a gene of the screen: it has Entrez ids")));
  // A table without the column is said to lack it.
  options_.allow_empty = false;
  const std::string none = folder_.write("none.tsv", "symbol\tprev_symbol\nKLF1\tEKLF\n").string();
  expect_error<InputError>([&] { build(none); }, {"needs the column entrez_id"});
}

TEST_F(NetworkNames, NothingAnywhereOffersNoWayThatFails) {
  write("pathways.gmt", "One\tP1\t10661\t2623\n");
  write("edgelist.txt", "9606.ENSP00000269305 9606.ENSP00000258149\n");
  try {
    build();
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("edgelist.txt: none of its 2 names"), HasSubstr("STRING's protein ids"),
                                    HasSubstr("(and likewise in "), HasSubstr("pathways.gmt)"),
                                    HasSubstr("9606.protein.info"), HasSubstr("network.edge_info")));
    EXPECT_THAT(error.what(), Not(AnyOf(HasSubstr("network.allow_empty"), HasSubstr("network.level"))));
  }
  options_.allow_empty = true;
  expect_error<InputError>([&] { build(); }, {"no edge reaches any of the screen's 20 genes"});
}

TEST_F(NetworkNames, StringsNamesAreReadByTheTableBeside) {
  write("9606.protein.links.v12.0.txt",
        "protein1 protein2 combined_score\n9606.ENSP1 9606.ENSP2 900\n9606.ENSP2 9606.ENSP3 150\n");
  write("9606.protein.info.v12.0.txt",
        "#string_protein_id\tpreferred_name\tprotein_size\tannotation\n9606.ENSP1\tKLF1\t1\tx\n"
        "9606.ENSP2\tGATA1\t1\tx\n9606.ENSP3\tMYC\t1\tx\n");
  write("10090.protein.info.v12.0.txt", "#string_protein_id\tpreferred_name\n");
  options_.level = "gg";
  const ContextGraph graph = build();
  EXPECT_EQ(graph.n_gg, 2);
  EXPECT_THAT(graph.notes,
              ElementsAre(HasSubstr("columns protein1 and protein2, score combined_score"),
                          AllOf(HasSubstr("3 of its 3 names are read by "), HasSubstr("9606.protein.info.v12.0.txt"))));
  options_.edge_score = 700;
  EXPECT_EQ(build().n_gg, 1);
  options_.network.clear();
  options_.edges = folder_.write("mine.txt", "ENSP1 ENSP2\n").string();
  options_.edge_info = (folder_.path() / "net/9606.protein.info.v12.0.txt").string();
  options_.edge_score = 0;
  EXPECT_EQ(build().n_gg, 1) << "without the taxon";
  options_.edge_info = (folder_.path() / "nothing.txt").string();
  expect_error<IoError>([&] { build(); }, {"nothing.txt"});
}

TEST_F(NetworkNames, MouseAndHuman) {
  std::string sets = "One\tP1", pairs;
  for (const auto& gene : symbols_) sets += "\t" + gene;
  write("pathways.gmt", sets + "\tAC010980.1\n");
  write("edgelist.txt", "KLF1 GATA1\n");
  Names mouse;
  for (std::string gene : symbols_) {
    std::transform(gene.begin() + 1, gene.end(), gene.begin() + 1, [](unsigned char c) { return std::tolower(c); });
    mouse.push_back(gene);
  }
  mouse.push_back("AC010980.1");  // the same in both
  const Screen screen = screen_of(mouse);
  const auto in_mouse = [&] { return build_context_graph(screen.genes, options_, &screen); };
  expect_error<InputError>(in_mouse, {"edgelist.txt: none of its 2 names is a gene of the screen",
                                      "it has human symbols ('KLF1', 'GATA1'), the screen mouse symbols ('Klf1'",
                                      "('Klf1' here, 'KLF1' there)", "two species"});
  write("edgelist.txt", "Klf1 Gata1\n");
  expect_error<InputError>(in_mouse,
                           {"pathways.gmt: only 1 of its 21 names is a gene of the screen",
                            "20 of them are genes but for letter case", "network.level gg goes without gene sets",
                            "network.allow_empty takes the network as it is"});
  std::string table;
  for (std::size_t i = 0; i < symbols_.size(); ++i) table += symbols_[i] + "\t" + mouse[i] + "\n";
  options_.edge_info = folder_.write("orthologs.tsv", table).string();
  EXPECT_EQ(in_mouse().n_pg, 21) << "the hint's table";
}

TEST_F(NetworkNames, LetterCaseAndEmptyFiles) {
  options_.level = "gg";
  write("edgelist.txt", "klf1 gata1\n");
  expect_error<InputError>([&] { build(); }, {"('KLF1' here, 'klf1' there)", "letter case counts"});
  write("edgelist.txt", "source,target\n");
  expect_error<InputError>([&] { build(); }, {"no edge reaches", "edgelist.txt: there are no names in it"});
}

TEST_F(NetworkNames, AFewNamesAreAWarning) {
  std::string sets = "One\tP1\tKLF1";
  for (int i = 0; i < 29; ++i) sets += "\tX" + std::to_string(i);
  write("pathways.gmt", sets + "\n");
  write("edgelist.txt", "KLF1 GATA1\nMYC TP53\n");
  EXPECT_THAT(build().warnings,
              ElementsAre(HasSubstr("pathways.gmt: only 1 of its 30 names is a gene of the screen: it has symbols "
                                    "('X0', 'X1', 'X2', …), the screen symbols")));
  write("pathways.gmt", sets + "\tGATA1\n");
  EXPECT_THAT(build().warnings, IsEmpty()) << "2 of 31 names, but 2 of the screen's 20 genes: a small panel";
}

TEST_F(NetworkNames, RelationsOfAnotherCollection) {
  write("pathways.gmt", "One\tna\tKLF1\tMYC\nTwo\tna\tMYC\n");
  write("relations.txt", "R-HSA-1\tR-HSA-2\n");
  expect_error<InputError>([&] { build(); },
                           {"relations.txt: none of its 2 names is the id of a gene set: it has 'R-HSA-1', 'R-HSA-2', ",
                            "no ids of ", "pathways.gmt", "network.level gg+pg goes without relations",
                            "network.allow_empty"});
  options_.level = "gg+pg";
  EXPECT_EQ(build().n_pg, 3);
  options_.level = "full";
  options_.allow_empty = true;
  EXPECT_EQ(build().n_pp, 0);
  options_.allow_empty = false;
  write("pathways.gmt", "One R-HSA-1\t\tKLF1\tMYC\nTwo (R-HSA-2)\t\tMYC\n");
  const ContextGraph graph = build();
  EXPECT_EQ(graph.n_pp, 1) << "the ids are in the names, as Enrichr has them";
  EXPECT_EQ(graph.pathway_ids, Names({"One R-HSA-1", "Two (R-HSA-2)"}));
  EXPECT_THAT(graph.notes, ElementsAre(HasSubstr("the second column holds no id for 2 of 2 sets")));
  write("relations.txt", "One R-HSA-1\tTwo (R-HSA-2)\n");
  expect_error<InputError>([&] { build(); }, {"relations.txt line 1", "expected a name without spaces"});
}

TEST_F(NetworkNames, SeveralFilesOfGeneSets) {
  write("a.gmt", "One\tP1\tKLF1\tMYC\n");
  write("sub/b.gmt.txt", "Two\tP2\tMYC\n");
  const ContextGraph graph = build();
  EXPECT_EQ(graph.pathway_ids, Names({"P1", "P2"}));
  EXPECT_EQ(graph.n_pg, 3);
  EXPECT_THAT(graph.notes, ElementsAre(HasSubstr("2 files of gene sets: ")));
  options_.gmt = (folder_.path() / "net/sub/b.gmt.txt").string();
  EXPECT_EQ(build().pathway_ids, Names({"P2"}));
  options_.gmt += ", " + (folder_.path() / "net/a.gmt").string();
  EXPECT_EQ(build().pathway_ids, Names({"P2", "P1"}));
  write("sub/b.gmt.txt", "Two\tP2\t4609\n");
  expect_error<InputError>([&] { build(); }, {"b.gmt.txt: none of its 1 names"});
  write("sub/b.gmt.txt", "Two\tP1\tMYC\n");
  expect_error<InputError>([&] { build(); }, {"the gene set 'P1' is in ", "a.gmt", "b.gmt.txt", "separated by commas"});
}

TEST(FileList, CommasPartUnlessTheyAreOfTheName) {
  const TemporaryFolder folder;
  EXPECT_THAT(file_list("a.gmt, b.gmt,"), ElementsAre("a.gmt", "b.gmt"));
  EXPECT_THAT(file_list(""), IsEmpty());
  const std::string odd = folder.write("a,b.gmt", "x").string();
  EXPECT_THAT(file_list(odd), ElementsAre(odd));
  NetworkOptions options;
  options.gmt = "a.gmt,b.gmt";
  options.make_paths_absolute();
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(options.gmt, here + "/a.gmt," + here + "/b.gmt");
}

TEST_F(NetworkNames, PointsForHyphensAreSaid) {
  write("edgelist.txt", "HLA-A KLF1\nKLF1 GATA1\nNKX2-1 HLA-A\n");
  options_.level = "gg";
  const Screen screen = screen_of({"HLA.A", "KLF1", "GATA1", "NKX2.1"});
  const ContextGraph graph = build_context_graph(screen.genes, options_, &screen);
  EXPECT_EQ(graph.n_gg, 1);
  EXPECT_THAT(graph.warnings,
              testing::Contains(AllOf(HasSubstr("2 genes of the screen have points where the names there have hyphens"),
                                      HasSubstr("'HLA.A' for 'HLA-A'"), HasSubstr("screen.aliases"))));
  const std::string table = folder_.write("names.tsv", "HLA.A\tHLA-A\nNKX2.1\tNKX2-1\n").string();
  const Screen renamed = screen_of({"HLA.A", "KLF1", "GATA1", "NKX2.1"}, table);
  EXPECT_EQ(build_context_graph(renamed.genes, options_, &renamed).n_gg, 3) << "the hint leads on";
}

}  // namespace
}  // namespace gracevae::impl
