#include "io/matrix_folder.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "dense_rows.hpp"
#include "io/open_cells.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Rows = std::vector<std::vector<float>>;

const std::string kBanner = "%%MatrixMarket matrix coordinate integer general\n";
const std::string kMatrix = kBanner + "2 3 2\n1 1 5\n2 3 7\n";  // genes x cells
const Rows kExpected{{5, 0}, {0, 0}, {0, 7}};

void write_tenx(const TemporaryFolder& folder, const std::string& at, const std::string& matrix = kMatrix) {
  folder.write(at + "/matrix.mtx", matrix);
  folder.write(at + "/barcodes.tsv", "AAAA\nAAAC\nAAAG\n");
  folder.write(at + "/features.tsv", "ENSG1\tKLF1\tGene Expression\nENSG2\tTP53\tGene Expression\n");
}

TEST(MatrixFolder, CellRangersOuts) {
  const TemporaryFolder folder;
  write_tenx(folder, "s/outs/filtered_feature_bc_matrix");
  write_tenx(folder, "s/outs/raw_feature_bc_matrix", kBanner + "2 3 0\n");
  folder.write("s/outs/filtered_feature_bc_matrix.h5", "the same");
  folder.write("s/outs/web_summary.html", "<html>");
  Messages messages;
  CellSource source = open_cells(folder.file("s"), {});
  EXPECT_THAT(messages.take(),
              HasSubstr("s: outs/filtered_feature_bc_matrix is read; also there: outs/raw_feature_bc_matrix"));
  EXPECT_EQ(source.path, folder.file("s").string());
  EXPECT_EQ(dense_of(source), kExpected);
}

TEST(MatrixFolder, StarSoloAndVersion2) {
  const TemporaryFolder folder;
  write_tenx(folder, "star/Gene/raw");
  folder.write("star/Gene/raw/UniqueAndMult-EM.mtx", kBanner + "2 3 0\n");
  folder.write("star/Velocyto/raw/spliced.mtx", kMatrix);
  folder.write("star/Velocyto/raw/unspliced.mtx", kMatrix);
  CellSource star = open_cells(folder.file("star"), {});
  EXPECT_EQ(star.matrix, "matrix.mtx");
  EXPECT_EQ(dense_of(star), kExpected);
  write_tenx(folder, "star/GeneFull/raw");
  EXPECT_THAT(message_of<InputError>([&] { open_cells(folder.file("star"), {}); }),
              At("star", "2", "Gene/raw", "GeneFull/raw", "star/Gene/raw"));
  write_tenx(folder, "star/Gene/filtered");
  EXPECT_EQ(matrix_in_folder(folder.file("star")), folder.file("star/Gene/filtered"));
  write_tenx(folder, "v2/filtered_gene_bc_matrices/hg19");
  EXPECT_EQ(matrix_in_folder(folder.file("v2")), folder.file("v2/filtered_gene_bc_matrices/hg19"));
}

TEST(MatrixFolder, KbCountsCellsInRows) {
  const TemporaryFolder folder;
  const std::string at = "kb/counts_unfiltered/cells_x_genes";
  folder.write(at + ".mtx", kBanner + "3 2 2\n1 1 5\n3 2 7\n");
  folder.write(at + ".barcodes.txt", "AAAA\nAAAC\nAAAG\n");
  folder.write(at + ".genes.txt", "ENSG00000000001.3\nENSG00000000002.1\n");
  folder.write(at + ".genes.names.txt", "KLF1\nTP53\n");
  CellSource source = open_cells(folder.file("kb"), {});
  EXPECT_EQ(source.format, "Matrix Market (kb)");
  EXPECT_EQ(dense_of(source), kExpected);
  EXPECT_THAT(source.obs.index, ElementsAre("AAAA", "AAAC", "AAAG"));
  EXPECT_THAT(source.var.index, ElementsAre("ENSG00000000001.3", "ENSG00000000002.1"));
  EXPECT_THAT(column_as_strings(*source.var.find("gene_symbols")), ElementsAre("KLF1", "TP53"));
  // As many cells as genes: kb's rows are cells.
  folder.write("square/cells_x_genes.mtx", kBanner + "2 2 1\n1 2 4\n");
  folder.write("square/cells_x_genes.barcodes.txt", "AAAA\nAAAC\n");
  folder.write("square/cells_x_genes.genes.txt", "A\nB\n");
  CellSource square = open_cells(folder.file("square"), {});
  EXPECT_EQ(dense_of(square), (Rows{{0, 4}, {0, 0}}));
  // The parts of nascent and mature RNA share their lists.
  folder.write("square/cells_x_genes.mature.mtx", kBanner + "2 2 1\n2 1 9\n");
  CellSource mature = open_cells(folder.file("square/cells_x_genes.mature.mtx"), {});
  EXPECT_EQ(dense_of(mature), (Rows{{0, 0}, {9, 0}}));
}

TEST(MatrixFolder, NothingToRead) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("s/outs/filtered_feature_bc_matrix"));
  EXPECT_THAT(message_of<InputError>([&] { open_cells(folder.file("s"), {}); }),
              At("s", ".mtx", ".mtx.gz", "10x", ".h5", "filtered_feature_bc_matrix"));
  folder.write("t/screen.h5ad", "x");
  EXPECT_THAT(message_of<InputError>([&] { open_cells(folder.file("t"), {}); }), At("", "screen.h5ad"));
}

}  // namespace
}  // namespace gracevae::impl
