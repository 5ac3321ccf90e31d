// Lists of genes and cells of a .mtx file under any names.
#include <gmock/gmock.h>

#include <cstdlib>

#include "base/error.hpp"
#include "dense_rows.hpp"
#include "gzip_text.hpp"
#include "io/matrix_market_names.hpp"
#include "io/open_cells.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Rows = std::vector<std::vector<float>>;

const std::string kBanner = "%%MatrixMarket matrix coordinate integer general\n";
const std::string kMatrix = kBanner + "2 3 2\n1 1 5\n2 3 7\n";  // genes x cells
const Rows kExpected{{5, 0}, {0, 0}, {0, 7}};

class MatrixLists : public ::testing::Test {
 protected:
  CellSource open(const std::string& genes = "", const std::string& cells = "",
                  const std::string& file = "counts.mtx") const {
    CellSourceOptions options;
    if (!genes.empty()) options.gene_list = folder_.file(genes).string();
    if (!cells.empty()) options.cell_list = folder_.file(cells).string();
    return open_cells(folder_.file(file), options);
  }
  Thrown error(const std::string& genes = "", const std::string& cells = "") const {
    return message_of<InputError>([&] { open(genes, cells); });
  }
  TemporaryFolder folder_;
};

/// As R's write.csv leaves them: a header, row numbers, quotes.
TEST_F(MatrixLists, TablesOfR) {
  folder_.write("matrix.mtx.gz", gzipped(kMatrix));
  folder_.write("genes.csv.gz", gzipped("\"\",\"x\"\n\"1\",\"KLF1\"\n\"2\",\"NKX3-1\"\n"));
  folder_.write("barcodes.csv.gz", gzipped("\"\",\"x\"\n\"1\",\"A-AC\"\n\"2\",\"A-AG\"\n\"3\",\"A-AT\"\n"));
  folder_.write("seurat_metadata.csv", "\"\",\"n\"\n\"A-AC\",1\n\"A-AG\",2\n\"A-AT\",2\n");
  Messages messages;
  CellSource source = open("", "", "");
  EXPECT_THAT(messages.take(), HasSubstr("2 x 3; genes.csv.gz names the genes, barcodes.csv.gz the cells"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "NKX3-1"));
  EXPECT_THAT(source.obs.index, ElementsAre("A-AC", "A-AG", "A-AT"));
  EXPECT_EQ(dense_of(source), kExpected);
}

/// As Papalexi's counts are published: no names of cells, and a list of as many lines that is none of names.
TEST_F(MatrixLists, CellsWithoutNames) {
  folder_.write("counts.mtx", kMatrix);
  folder_.write("other.mtx", kBanner + "4 3 0\n");
  folder_.write("genes.txt", "PCBP3\nITGB1BP1\n");
  folder_.write("bio_rep.txt", "rep_1\nrep_1\nrep_2\n");
  Messages messages;
  CellSource source = open();
  EXPECT_THAT(messages.take(), HasSubstr("genes.txt names the genes, no list names the cells: they are 1 to 3"));
  EXPECT_THAT(source.obs.index, ElementsAre("1", "2", "3"));
  EXPECT_EQ(dense_of(source), kExpected);
}

/// Split-pool counts: cells in rows, a table with ids and symbols.
TEST_F(MatrixLists, CellsInRowsAndColumnsByContent) {
  folder_.write("DGE.mtx", kBanner + "3 2 2\n1 1 5\n3 2 7\n");
  folder_.write("all_genes.csv", "gene_id,gene_name,genome\nENSG00000000001,KLF1,hg38\nENSG00000000002,TP53,hg38\n");
  folder_.write("cell_metadata.csv", "bc_wells,sample,n\n01_01_01,s,3\n01_01_02,s,4\n01_01_03,s,4\n");
  CellSource source = open("", "", "DGE.mtx");
  EXPECT_THAT(source.var.index, ElementsAre("ENSG00000000001", "ENSG00000000002"));
  EXPECT_THAT(source.var.names(), ElementsAre("gene_symbols"));
  EXPECT_THAT(column_as_strings(*source.var.find("gene_symbols")), ElementsAre("KLF1", "TP53"));
  EXPECT_THAT(source.obs.index, ElementsAre("01_01_01", "01_01_02", "01_01_03"));
  EXPECT_EQ(dense_of(source), kExpected);
}

TEST_F(MatrixLists, ListsByOption) {
  folder_.write("counts.mtx", kMatrix);
  folder_.write("lists/one", "symbol\tid\nKLF1\tENSG00000000001\nTP53\tENSG00000000002\n");
  folder_.write("lists/two", "x\nb\na\nc\n");
  CellSource source = open("lists/one", "lists/two");
  EXPECT_THAT(source.var.index, ElementsAre("ENSG00000000001", "ENSG00000000002"));
  EXPECT_THAT(column_as_strings(*source.var.find("gene_symbols")), ElementsAre("KLF1", "TP53"));
  EXPECT_THAT(source.obs.index, ElementsAre("b", "a", "c"));
  EXPECT_EQ(dense_of(source), kExpected);
  EXPECT_THAT(open("lists/one").obs.index, ElementsAre("1", "2", "3"));
  folder_.write("lists/four", "a\nb\nc\nd\n");
  EXPECT_THAT(error("lists/four"), At("lists/four", "4", "counts.mtx", "2 x 3", "screen.gene_list"));
  folder_.write("lists/same", "a\na\nb\n");
  EXPECT_THAT(error("lists/one", "lists/same"), At("lists/same", "3", "screen.cell_list"));
  EXPECT_THAT(message_of<IoError>([&] { open("lists/absent"); }), HasSubstr("absent"));
}

TEST_F(MatrixLists, AskedForWhereTheyCannotBeGuessed) {
  folder_.write("counts.mtx", kMatrix);
  EXPECT_THAT(error(), At("", "counts.mtx", "2 x 3", "screen.gene_list FILE", "screen.cell_list FILE"));
  folder_.write("notes.txt", "one\ntwo\nthree\nfour\nfive\n");
  EXPECT_THAT(error(), At("", "notes.txt", "4"));
  folder_.write("gene_a.txt", "A\nB\n");
  folder_.write("gene_b.txt", "C\nD\n");
  EXPECT_THAT(error(), AllOf(At("", "gene_a.txt", "gene_b.txt"),
                             HasSubstr("say which: screen.gene_list " + folder_.file("gene_a.txt").string())));
  EXPECT_THAT(open("gene_b.txt").var.index, ElementsAre("C", "D"));
}

TEST_F(MatrixLists, AsManyGenesAsCells) {
  folder_.write("counts.mtx", kBanner + "2 2 1\n1 2 5\n");
  folder_.write("names_a.txt", "A\nB\n");
  EXPECT_THAT(error(), HasSubstr("rows could be genes or cells"));
  CellSourceOptions options;
  options.genes_in_rows = true;
  CellSource source = open_cells(folder_.file("counts.mtx"), options);
  EXPECT_EQ(dense_of(source), (Rows{{0, 0}, {5, 0}}));
}

/// The lists of another matrix in the same folder are not taken.
TEST_F(MatrixLists, BesideA10xMatrix) {
  folder_.write("matrix.mtx", kMatrix);
  folder_.write("barcodes.tsv", "AAAA\nAAAC\nAAAG\n");
  folder_.write("genes.tsv", "A\nB\n");
  folder_.write("guides.mtx", kBanner + "4 3 1\n4 2 6\n");
  folder_.write("guides.txt", "g1\ng2\ng3\ng4\n");
  CellSource source = open("", "", "guides.mtx");
  EXPECT_THAT(source.var.index, ElementsAre("g1", "g2", "g3", "g4"));
  EXPECT_THAT(source.obs.index, ElementsAre("AAAA", "AAAC", "AAAG"));
  EXPECT_EQ(dense_of(source), (Rows{{0, 0, 0, 0}, {0, 0, 0, 6}, {0, 0, 0, 0}}));
}

/// Papalexi et al. 2021 and Datlinger et al. 2021 as they are published.
TEST_F(MatrixLists, PublishedScreens) {
  const char* data = std::getenv("GRACEVAE_DATA");
  if (!data || !std::filesystem::exists(std::filesystem::path(data) / "papalexi21_eccite"))
    GTEST_SKIP() << "set GRACEVAE_DATA to the folder of public screens";
  const std::filesystem::path folder = data;
  CellSource papalexi = open_cells(folder / "papalexi21_eccite/response_299x20729.mtx.gz", {});
  EXPECT_EQ(papalexi.var.index.size(), 299u);
  EXPECT_EQ(papalexi.var.index[0], "PCBP3");
  EXPECT_EQ(papalexi.obs.index.back(), "20729");
  CellSource datlinger = open_cells(folder / "datlinger21_cropseq", {});
  EXPECT_EQ(datlinger.var.index[1], "NKX3-1");
  EXPECT_EQ(datlinger.obs.index[0], "A01-AGCTGATTCGCTGATA");
  EXPECT_EQ(datlinger.rows->n_rows(), 7500);
  EXPECT_EQ(datlinger.rows->rows(0, 1).row_size(0), 18u) << "nFeature_originalexp of the first cell";
}

}  // namespace
}  // namespace gracevae::impl
