#include "io/open_cells.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CellSource opened(const std::filesystem::path& path, const std::string& labels_file = "") {
  return open_cells(path, {.matrix = "", .labels_file = labels_file, .genes_in_rows = false});
}

TEST(OpenCells, TellsKindsApartByContentAndName) {
  const TemporaryFolder folder;
  AnnData data;
  data.x.n_rows = 1;
  data.x.n_cols = 2;
  data.x.indptr = {0, 1};
  data.x.indices = {1};
  data.x.values = {3};
  data.obs.index = {"c"};
  data.var.index = {"a", "b"};
  write_anndata(folder.file("no_such_name"), data);
  EXPECT_THAT(opened(folder.file("no_such_name")).format, HasSubstr("AnnData")) << "known by its first bytes";
  EXPECT_EQ(opened(folder.write("t.csv", "cell,a,b\nc,0,3\n")).format, "table");
  EXPECT_EQ(opened(folder.write("t.tsv", "cell\ta\tb\nc\t0\t3\n")).format, "table");
  folder.write("tenx/matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n2 1 1\n2 1 3\n");
  folder.write("tenx/barcodes.tsv", "c\n");
  folder.write("tenx/genes.tsv", "ID1\ta\nID2\tb\n");
  for (const auto& path : {folder.file("tenx"), folder.file("tenx/matrix.mtx")}) {
    CellSource source = opened(path);
    EXPECT_THAT(source.format, HasSubstr("Matrix Market"));
    EXPECT_THAT(read_all_rows(source).values, ElementsAre(3));
  }
}

TEST(OpenCells, RefusesWhatItDoesNotKnow) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of<InputError>([&] { opened(folder.write("screen.rds", "RDX3")); }),
              HasSubstr("is no screen that we can read"));
  EXPECT_THAT(message_of<InputError>([&] { opened(folder.write("screen.h5ad", "no HDF5")); }),
              HasSubstr("is not a whole HDF5 file"));
  folder.write("screen.csv", "cell,a\nc,1\n");
  EXPECT_THAT(message_of<IoError>([&] { opened(folder.file("screeen.csv")); }), HasSubstr("screen.csv"));
}

TEST(OpenCells, JoinsTheTableOfLabels) {
  const TemporaryFolder folder;
  const auto table = folder.write("t.csv", "cell,a\nc1,1\nc2,2\n");
  const auto labels = folder.write("labels.tsv", "barcode\tgene\nc2\tKLF1\nc1\tcontrol\n");
  const CellSource source = opened(table, labels.string());
  ASSERT_NE(source.obs.find("gene"), nullptr);
  EXPECT_THAT(column_as_strings(*source.obs.find("gene")), ElementsAre("control", "KLF1"));
}

}  // namespace
}  // namespace gracevae
