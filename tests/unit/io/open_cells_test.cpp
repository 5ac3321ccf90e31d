#include "io/open_cells.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
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
  EXPECT_THAT(message_of<InputError>([&] { opened(folder.write("screen.xyz", "RDX3")); }),
              HasSubstr("is no screen that we can read"));
  EXPECT_THAT(message_of<InputError>([&] { opened(folder.write("screen.h5ad", "no HDF5")); }), At("", "HDF5"));
  folder.write("screen.csv", "cell,a\nc,1\n");
  EXPECT_THAT(message_of<IoError>([&] { opened(folder.file("screeen.csv")); }), At("", "screen.csv"));
}

/// Each is named, with the lines that make something readable.
TEST(OpenCells, NamesFilesOfOtherPrograms) {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& name) {
    return message_of<InputError>([&] { opened(folder.write(name, "x")); });
  };
  EXPECT_THAT(message("screen.rds"), AllOf(At("", "screen.rds", "dir.create", "RNA", "screen/matrix.mtx",
                                              "screen/genes.tsv", "screen/barcodes.tsv"),
                                           HasSubstr("is an R object, which we do not read")));
  EXPECT_THAT(message("screen.RData"), At("", "screen.RData", "1"));
  EXPECT_THAT(message("screen.h5seurat"), AllOf(At("", "screen.h5seurat", "h5ad"), HasSubstr("library(SeuratDisk)")));
  EXPECT_THAT(message("screen.xlsx"), AllOf(At("", "to_csv", "screen.csv"), HasSubstr("is an Excel sheet")));
  EXPECT_THAT(message("screen.parquet"), At("", "pandas.read_parquet", "screen.parquet"));
  EXPECT_THAT(message("screen.zarr.zip"), At("", "zarr.storage.ZipStore", "screen.zarr.zip"));
  EXPECT_THAT(message("GSE1_RAW.tar"), At("", "GSE1_RAW.tar"));
  folder.write("s.zarr/zarr.json", "{}");
  EXPECT_THAT(message_of<InputError>([&] { opened(folder.file("s.zarr")); }),
              At("", "3", "anndata.read_zarr", "s.zarr", ".write_h5ad", "s.h5ad"));
  // What the lines of R leave behind is read.
  folder.write("screen/matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n2 3 2\n1 1 5\n2 3 1\n");
  folder.write("screen/genes.tsv", "A\nB\n");
  folder.write("screen/barcodes.tsv", "c1\nc2\nc3\n");
  const auto labels = folder.write("screen/labels.csv", "\"\",\"gene\"\n\"c1\",\"A\"\n\"c2\",\"NT\"\n\"c3\",\"NT\"\n");
  CellSource source = opened(folder.file("screen"), labels.string());
  EXPECT_THAT(column_as_strings(*source.obs.find("gene")), ElementsAre("A", "NT", "NT"));
  EXPECT_THAT(read_all_rows(source).values, ElementsAre(5, 1));
}

TEST(OpenCells, OptionsForAnotherKindOfFile) {
  const TemporaryFolder folder;
  const auto table = folder.write("t.csv", "cell,a\nc1,1\nc2,2\n");
  CellSourceOptions options;
  options.modality = "rna";
  EXPECT_THAT(message_of<ConfigError>([&] { open_cells(table, options); }), At("t.csv", "screen.modality", ".h5mu"));
  options.modality = "";
  options.gene_list = "genes.txt";
  EXPECT_THAT(message_of<ConfigError>([&] { open_cells(table, options); }), At("", "screen.gene_list", ".mtx"));
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
}  // namespace gracevae::impl
