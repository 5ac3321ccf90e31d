#include "screen/guide_counts.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "guide_fixture.hpp"
#include "screen/guide_calls.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::features_of;
using test::matrix_market_of;
using test::source_of;
using test::sparse_of;
using Names = std::vector<std::string>;

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

GuideCounts found(const CellSource& source, const std::string& counts, const std::string& list = "",
                  const std::string& table = "") {
  GuideCallOptions options;
  options.counts = counts;
  options.list = list;
  options.table = table;
  return find_guide_counts(source, options);
}

Matrix<float> dense(const CsrMatrix<float>& x) {
  Matrix<float> values(x.n_rows, x.n_cols);
  for (std::int64_t i = 0; i < x.n_rows; ++i) x.copy_row(i, values.row(i));
  return values;
}

TEST(GuideCounts, FeaturesOfTheScreen) {
  CellSource source = source_of({"a", "b"});
  source.others.push_back(features_of("Antibody Capture", {"CD3"}, {{9}, {9}}));
  source.others.push_back(features_of("crispr guide capture", {"x1", "y1"}, {{7, 0}, {0, 8}}));
  const GuideCounts counts = found(source, "features");
  EXPECT_EQ(counts.guides, (Names{"x1", "y1"}));
  EXPECT_EQ(dense(counts.counts).values, (std::vector<float>{7, 0, 0, 8}));
  EXPECT_EQ(counts.place, "screen.h5ad: crispr guide capture");
  EXPECT_TRUE(counts.said.empty());
}

TEST(GuideCounts, ByTheNameOfTheirType) {
  CellSource source = source_of({"a"});
  source.others.push_back(features_of("protein", {"CD3"}, {{9}}));
  source.others.push_back(features_of("obsm/sgrna_counts", {"x1"}, {{7}}));
  EXPECT_EQ(found(source, "features").guides, (Names{"x1"}));
  EXPECT_EQ(found(source, "obsm/sgrna_counts").guides, (Names{"x1"}));
  EXPECT_EQ(found(source, "sgRNA_counts").guides, (Names{"x1"}));
  EXPECT_EQ(found(source, "obsm/protein").guides, (Names{"CD3"}));
  EXPECT_EQ(found(source, "Protein").guides, (Names{"CD3"}));
  expect_error<ConfigError>([&] { found(source, "obsm/sgrna_count"); },
                            {"screen.guide_counts 'obsm/sgrna_count'", "screen.h5ad", "did you mean",
                             "obsm/sgrna_counts"});
}

TEST(GuideCounts, SeveralThatCouldBeGuides) {
  CellSource source = source_of({"a"});
  source.others.push_back(features_of("gdo_grna", {"x1"}, {{7}}));
  source.others.push_back(features_of("obsm/guide_umis", {"y1"}, {{7}}));
  expect_error<ConfigError>([&] { found(source, "features"); },
                            {"2 sets of features",
                             "screen.guide_counts 'gdo_grna' or screen.guide_counts 'obsm/guide_umis'"});
  EXPECT_EQ(found(source, "obsm/guide_umis").guides, (Names{"y1"}));
}

TEST(GuideCounts, NoneThere) {
  CellSource source = source_of({"a"});
  expect_error<ConfigError>([&] { found(source, "features"); }, {"nothing but genes", "screen.guide_calls FILE"});
  source.others.push_back(features_of("Antibody Capture", {"CD3"}, {{9}}));
  expect_error<ConfigError>([&] { found(source, "features"); }, {"no guides beside its genes, but 'Antibody Capture'",
                                                                 "screen.guide_counts 'Antibody Capture'"});
  EXPECT_EQ(found(source, "Antibody Capture").guides, (Names{"CD3"}));
  const TemporaryFolder folder;
  folder.write("grna.mtx", "");
  expect_error<IoError>([&] { found(source, folder.file("grnas.mtx")); }, {"grnas.mtx", "grna.mtx"});
}

TEST(GuideCounts, NamesOrIds) {
  CellSource source = source_of({"a"});
  source.others.push_back(features_of("CRISPR Guide Capture", {"sg1", "sg2"}, {{7, 8}}));
  source.others[0].names = {"KLF1_1", "SET_1"};
  const GuideCounts by_name = found(source, "features");
  EXPECT_EQ(by_name.guides, (Names{"KLF1_1", "SET_1"}));
  EXPECT_NE(joined(by_name.said).find("by their names ('KLF1_1', 'SET_1'), not their ids"), std::string::npos)
      << joined(by_name.said);
  const TemporaryFolder folder;
  const auto table = folder.write("guides.csv", "guide,target\nsg1,KLF1\nsg2,SET\nsg3,OSR2\n");
  EXPECT_EQ(found(source, "features", "", table).guides, (Names{"sg1", "sg2"}));
  source.others[0].names = {"KLF1", "KLF1"};
  EXPECT_EQ(found(source, "features").guides, (Names{"sg1", "sg2"}));
  source.others[0].ids = {"sg", "sg"};
  expect_error<InputError>([&] { found(source, "features"); },
                           {"guides have the same names", "screen.guide_list FILE"});
  EXPECT_EQ(found(source, "features", folder.write("list.txt", "A\nB\n")).guides, (Names{"A", "B"}));
}

TEST(GuideCounts, ValuesThatAreNoCounts) {
  for (const float value : {0.5F, -1.F, 1e9F}) {
    CellSource source = source_of({"a", "b"});
    source.others.push_back(features_of("CRISPR Guide Capture", {"x1", "y1"}, {{7, 0}, {0, value}}));
    expect_error<InputError>([&] { found(source, "features"); },
                             {"CRISPR Guide Capture: cell 'b', guide 'y1'", "no count", "screen.guide_calls FILE"});
  }
}

TEST(GuideCounts, ABareMatrixAndItsNames) {
  const TemporaryFolder folder;
  const CellSource source = source_of({"a", "b", "c"});
  const auto matrix = folder.write("grna.mtx", matrix_market_of({{7, 0}, {0, 8}, {0, 0}})).string();
  expect_error<InputError>([&] { found(source, matrix); },
                           {"grna.mtx: 2 guides without names", "screen.guide_list FILE", "screen.guides TABLE"});

  const auto table = folder.write("guides.csv", "grna_id,grna_target\nx1,X\ny1,Y\n").string();
  const GuideCounts by_table = found(source, matrix, "", table);
  EXPECT_EQ(by_table.guides, (Names{"x1", "y1"}));
  EXPECT_EQ(dense(by_table.counts).values, (std::vector<float>{7, 0, 0, 8, 0, 0}));
  EXPECT_NE(joined(by_table.said).find("in the order of " + table + ": the first is 'x1', the last 'y1'"),
            std::string::npos);

  const auto list = folder.write("order.txt", "y1\nx1\n").string();
  EXPECT_EQ(found(source, matrix, list, table).guides, (Names{"y1", "x1"}));
  folder.write("grna_guides.txt", "u\nv\n");
  EXPECT_EQ(found(source, matrix, "", table).guides, (Names{"u", "v"}));
  EXPECT_EQ(found(source, matrix, list, table).guides, (Names{"y1", "x1"}));
}

TEST(GuideCounts, AnotherNumberOfNames) {
  const TemporaryFolder folder;
  const CellSource source = source_of({"a", "b", "c"});
  const auto matrix = folder.write("grna.mtx", matrix_market_of({{7, 0}, {0, 8}, {0, 0}})).string();
  const auto titled = folder.write("titled.txt", "guide\nx1\ny1\n").string();
  expect_error<InputError>([&] { found(source, matrix, titled); }, {"names 3 guides", "has 2", "title line"});
  const auto one = folder.write("one.csv", "guide,target\nx1,X\n").string();
  expect_error<InputError>([&] { found(source, matrix, "", one); },
                           {"one.csv: names 1 guides", "grna.mtx has 2", "screen.guide_list FILE"});
}

/// The three files of a 10x folder with guides only.
std::string guide_folder(const TemporaryFolder& folder, const std::string& barcodes) {
  folder.write("grna/matrix.mtx", matrix_market_of({{7, 0}, {0, 8}}));
  folder.write("grna/barcodes.tsv", barcodes);
  folder.write("grna/features.tsv", "x1\tx1\tCRISPR Guide Capture\ny1\ty1\tCRISPR Guide Capture\n");
  return folder.file("grna").string();
}

TEST(GuideCounts, AFolderIsMatchedByName) {
  const TemporaryFolder folder;
  const CellSource source = source_of({"AAAC", "CCCC", "GGGG"});
  const std::string counts = guide_folder(folder, "CCCC-1\nAAAC-1\n");
  for (const std::string& path : {counts, counts + "/matrix.mtx"}) {
    const GuideCounts read = found(source, path);
    EXPECT_EQ(read.guides, (Names{"x1", "y1"}));
    EXPECT_EQ(dense(read.counts).values, (std::vector<float>{0, 8, 7, 0, 0, 0}));
    EXPECT_NE(joined(read.said).find("'AAAC-1' is 'AAAC'"), std::string::npos) << joined(read.said);
    EXPECT_NE(joined(read.said).find("2 of 3 cells are in"), std::string::npos) << joined(read.said);
  }
}

TEST(GuideCounts, CellsWithoutNamesAreTakenInOrder) {
  const TemporaryFolder folder;
  const std::string counts = guide_folder(folder, "CCCC-1\nAAAC-1\n");
  const GuideCounts read = found(source_of({"cell0", "cell1"}), counts);
  EXPECT_EQ(dense(read.counts).values, (std::vector<float>{7, 0, 0, 8}));
  EXPECT_NE(joined(read.said).find("by order"), std::string::npos);
  expect_error<InputError>([&] { found(source_of({"cell0", "cell1", "cell2"}), counts); }, {"none of its 2 cells"});
  expect_error<InputError>([&] { found(source_of({"TTTT-1", "GGGG-1"}), counts); }, {"none of its 2 cells"});
}

TEST(GuideCounts, AsManyGuidesAsCellsInAFolder) {
  const TemporaryFolder folder;  // the way out that the square matrix without lists names
  const CellSource source = source_of({"CCCC-1", "AAAC-1"});
  const auto square = folder.write("grna.mtx", matrix_market_of({{7, 0}, {0, 8}})).string();
  expect_error<InputError>([&] { found(source, square); }, {"2 x 2", "folder with matrix.mtx"});
  EXPECT_EQ(dense(found(source, guide_folder(folder, "CCCC-1\nAAAC-1\n")).counts).values,
            (std::vector<float>{7, 0, 0, 8}));
}

TEST(GuideCounts, ATableEitherWay) {
  const TemporaryFolder folder;
  const CellSource source = source_of({"a", "b"});
  const std::vector<float> right{0, 8, 1, 7, 0, 0};
  const auto cells = folder.write("cells.csv", "cell,x1,y1,z1\nb,7,0,0\na,0,8,1\n").string();
  const auto guides = folder.write("guides.csv", "guide,b,a\nx1,7,0\ny1,0,8\nz1,0,1\n").string();
  for (const auto& file : {cells, guides}) {
    const GuideCounts read = found(source, file);
    EXPECT_EQ(read.guides, (Names{"x1", "y1", "z1"})) << file;
    EXPECT_EQ(dense(read.counts).values, right) << file;
  }
}

TEST(GuideCounts, TheScreenItselfHoldsNoGuides) {
  const TemporaryFolder folder;
  const auto file = folder.write("screen.csv", "cell,g0,g1\na,1,0\n").string();
  expect_error<InputError>([&] { found(source_of({"a"}), file); },
                           {"screen.csv: holds the genes of the screen and no guides", "screen.guide_calls FILE"});
}

}  // namespace
}  // namespace gracevae::impl
