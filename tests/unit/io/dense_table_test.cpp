#include "io/dense_table.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "gzip_text.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Rows = std::vector<std::vector<float>>;

Rows dense(CellSource& source) {
  const CsrMatrix<float> x = read_all_rows(source);
  Rows rows;
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    for (const float value : x.row_values(i)) EXPECT_NE(value, 0);
    rows.emplace_back(static_cast<std::size_t>(x.n_cols));
    x.copy_row(i, std::span<float>(rows.back()));
  }
  return rows;
}

class DenseTable : public ::testing::Test {
 protected:
  /// The table, and what is said on standard error.
  std::pair<CellSource, std::string> told(const std::string& text, CellSourceOptions options = {}) const {
    const auto path = folder_.write("x.csv", text);
    Messages messages;
    CellSource source = open_table(path, options);
    return {std::move(source), messages.take()};
  }
  CellSource open(const std::string& text, bool genes_in_rows = false) const {
    return open_table(folder_.write("x.csv", text), {"", "", genes_in_rows});
  }
  Thrown error_of(const std::string& text, bool genes_in_rows = false) const {
    return message_of<InputError>([&] { open(text, genes_in_rows); });
  }
  TemporaryFolder folder_;
};

void expect_small_table(CellSource source) {
  EXPECT_THAT(source.obs.index, ElementsAre("c1", "c2", "c3"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "HLA-A"));
  EXPECT_THAT(source.obs.columns, IsEmpty());
  EXPECT_EQ(source.rows->n_stored(), 4);
  EXPECT_EQ(dense(source), (Rows{{1, 0.5}, {0, 2}, {-30, 0}}));
}

TEST_F(DenseTable, EverySeparatorAndHeader) {
  CellSource source = open("cell,KLF1,HLA-A\nc1,1,0.5\nc2,0,2\nc3,-3e1,0\n");
  EXPECT_EQ(source.format, "table");
  EXPECT_EQ(source.encoding, "table");
  EXPECT_EQ(source.matrix, "x.csv");
  EXPECT_TRUE(source.matrices.empty());
  EXPECT_EQ(source.path, folder_.file("x.csv").string());
  expect_small_table(std::move(source));
  expect_small_table(open("\tKLF1\tHLA-A\r\nc1\t1.0\t 5e-1\r\n\r\nc2\t0.0\t+2\r\nc3\t-30\t0"));
  expect_small_table(open(";KLF1;HLA-A\nc1;1;0.5\nc2;0;2\nc3;-30;0\n"));
  expect_small_table(open("\"KLF1\",\"HLA-A\"\n\"c1\",1,0.5\n\"c2\",0,2\n\"c3\",-30,-0\n"));  // R's write.table
  expect_small_table(open("\"\",\"KLF1\",\"HLA-A\"\n\"c1\",\"1\",.5\n\"c2\",0,2\n\"c3\",-30,0\n"));
  expect_small_table(open("KLF1\tHLA-A\nc1\t1\t0.5\nc2\t0\t2\nc3\t-30\t1e-99\n"));
  expect_small_table(open(gzipped("cell, KLF1 ,HLA-A\n c1 ,1,0.5\nc2,0,2\nc3,-30,0\n")));
}

TEST_F(DenseTable, OneGeneWithoutHeaderOfCells) {
  CellSource source = open("KLF1\nc1\t3\nc2\t4\n");
  EXPECT_THAT(source.var.index, ElementsAre("KLF1"));
  EXPECT_EQ(dense(source), (Rows{{3}, {4}}));
}

TEST_F(DenseTable, GenesInRows) {
  expect_small_table(open("gene,c1,c2,c3\nKLF1,1,0,-30\nHLA-A,0.5,2,0\n", true));
  expect_small_table(open("c1,c2,c3\nKLF1,1,0,-30\nHLA-A,0.5,2,0\n", true));
}

TEST_F(DenseTable, LabelsBecomeObs) {
  Messages messages;
  CellSource source = open("cell,condition,KLF1,note,CBL\nc1,\"A,B\",1,,0\nc2,control,0,,2\n");
  EXPECT_THAT(messages.take(), HasSubstr("x.csv: columns of labels, not genes: condition, note"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "CBL"));
  EXPECT_EQ(dense(source), (Rows{{1, 0}, {0, 2}}));
  EXPECT_THAT(source.obs.names(), ElementsAre("condition", "note"));
  EXPECT_THAT(column_as_strings(*source.obs.find("condition")), ElementsAre("A,B", "control"));
  EXPECT_THAT(column_as_strings(*source.obs.find("note")), ElementsAre("", ""));
}

/// Whether a column holds labels is told by the first 20 rows; controls may have no label there.
TEST_F(DenseTable, LabelsFromTheFirstRows) {
  std::string text = "cell,guide,KLF1\n";
  for (int i = 0; i < 30; ++i) text += fmt::format("c{},{},{}\n", i, i < 25 ? "" : i < 28 ? "A" : "7", i);
  CellSource source = open(text);
  const auto guides = column_as_strings(*source.obs.find("guide"));
  EXPECT_THAT(std::vector<std::string>(guides.begin() + 24, guides.end()), ElementsAre("", "A", "A", "A", "7", "7"));
  EXPECT_EQ(dense(source).back(), std::vector<float>{29});
  std::string late = "cell,KLF1\n";
  for (int i = 0; i < 20; ++i) late += fmt::format("c{},1\n", i);
  EXPECT_THAT(error_of(late + "c20,word\n"), At("x.csv line 22 column 2 (KLF1)", "word"));
}

TEST_F(DenseTable, BadValues) {
  const auto error = [&](const std::string& value) { return error_of("cell,KLF1,CBL\nc1,0,1\nc2," + value + ",1\n"); };
  EXPECT_THAT(error("1x"), At("x.csv line 3 column 2 (KLF1)", "1x"));
  EXPECT_THAT(error(""), At("line 3 column 2 (KLF1)", "0"));
  for (const char* gap : {"NA", "NaN", "nan"})
    EXPECT_THAT(error(gap), HasSubstr(fmt::format("(KLF1): '{}' is a missing value", gap)));
  for (const char* large : {"inf", "-inf", "1e99", "1e999"})
    EXPECT_THAT(error(large), HasSubstr(fmt::format("(KLF1): '{}' is no finite number", large)));
  EXPECT_THAT(error("0x10"), At("", "0x10"));
  EXPECT_THAT(error(std::string(1'000'000, 'x')), At("", "1000000"));
  EXPECT_THAT(error_of("gene,c1\nKLF1,1\ncondition,A\n", true),
              AllOf(At("x.csv line 3 column 2 (c1)", "A"), HasHint()));
}

TEST_F(DenseTable, DecimalCommas) {
  for (const char* text : {"cell;KLF1;HLA-A\nc1;1;0,5\nc2;0;2\nc3;-3,0e1;0,0\n",
                           "cell\tKLF1\tHLA-A\nc1\t1,000\t ,5\nc2\t0,0\t2\nc3\t-30\t0\n",
                           "cell,KLF1,HLA-A\nc1,1,\"0,5\"\nc2,0,2\nc3,-30,0\n"}) {
    auto [source, said] = told(text);
    EXPECT_THAT(said, HasSubstr("x.csv: numbers have decimal commas, such as"));
    expect_small_table(std::move(source));
  }
  EXPECT_THAT(error_of("cell;KLF1;CBL\nc1;1,234;7\nc2;12;999,000\n"),
              AllOf(At("x.csv line 2 column 2", "1,234"), HasHint()));
  CellSource with_points = open("cell;KLF1;CBL\nc1;1.234;7\nc2;12;999.000\n");
  EXPECT_EQ(dense(with_points), (Rows{{1.234F, 7}, {12, 999}}));
  EXPECT_THAT(error_of("cell;KLF1;CBL\nc1;1,5;7\nc2;12;2.5\n"), At("x.csv line 3 column 3", "2.5", "1,5", "2"));
  EXPECT_THAT(error_of("cell;KLF1;CBL\nc1;1.5;7\nc2;12;2,5\n"), At("line 3 column 3", "2,5", "1.5", "2"));
  for (const char* thousands : {"1.234,5", "1,234.5", "1,234,567"})
    EXPECT_THAT(error_of("cell;KLF1\nc1;0\nc2;" + std::string(thousands) + "\n"),
                HasSubstr("write numbers without signs between thousands"));
}

TEST_F(DenseTable, WithoutNamesOfCells) {
  auto [source, said] = told("KLF1,CBL,condition\n3,0.5,A\n1,0,B\n3,2,B\n");
  EXPECT_THAT(said, HasSubstr("no column names the cells ('KLF1' holds numbers), which are called 1, 2, 3"));
  EXPECT_THAT(source.obs.index, ElementsAre("1", "2", "3"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "CBL"));
  EXPECT_THAT(column_as_strings(*source.obs.find("condition")), ElementsAre("A", "B", "B"));
  EXPECT_EQ(dense(source), (Rows{{3, 0.5}, {1, 0}, {3, 2}}));
  // Numbers that are names: told by the head, or by being distinct and whole.
  EXPECT_THAT(told("cell,KLF1\n3,1\n3.5,0\n").first.obs.index, ElementsAre("3", "3.5"));
  EXPECT_THAT(told("s,KLF1\n30,1\n10,0\n").first.obs.index, ElementsAre("30", "10"));
  EXPECT_THAT(told(",KLF1\n0,1\n1,0\n").first.obs.index, ElementsAre("0", "1"));
  EXPECT_THAT(told("n_counts,KLF1\n30,30\n10,10\n").first.obs.index, ElementsAre("1", "2"));
}

TEST_F(DenseTable, NumberedRowsWithNamesBeside) {
  auto [source, said] = told(",condition,barcode,KLF1\n0,A,x1,5\n1,B,x2,0\n");
  EXPECT_THAT(said, HasSubstr("names are taken from column 'barcode'"));
  EXPECT_THAT(source.obs.index, ElementsAre("x1", "x2"));
  EXPECT_THAT(source.obs.names(), ElementsAre("condition"));
  EXPECT_EQ(dense(source), (Rows{{5}, {0}}));
  CellSource turned = told(",gene,c1,c2,c3\n0,KLF1,1,0,-30\n1,HLA-A,0.5,2,0\n").first;
  expect_small_table(std::move(turned));
}

constexpr const char *kCell1 = "AAACCCAAGAAACACT", *kCell2 = "CCCCCCAAGAAACACT";

TEST_F(DenseTable, FindsGenesInRows) {
  const auto rows_of = [&](const std::string& text, const CellSourceOptions& options = {}) {
    auto [source, said] = told(text, options);
    EXPECT_EQ(said.find("a row is a gene") != std::string::npos,
              source.var.index[0] == text.substr(text.find('\n') + 1, source.var.index[0].size()))
        << text << said;
    return source.obs.index;
  };
  const std::string cells = std::string(kCell1) + "," + kCell2;
  // Barcodes above; the names of genes beside, without or under any head.
  EXPECT_THAT(rows_of("," + cells + "\nx1,1,2\nx2,3,4\n"), ElementsAre(kCell1, kCell2));
  EXPECT_THAT(rows_of(cells + "\nx1,1,2\nx2,3,4\n"), ElementsAre(kCell1, kCell2));
  EXPECT_THAT(rows_of("gene,u,v\nx1,1,2\nx2,3,4\n"), ElementsAre("u", "v"));
  EXPECT_THAT(rows_of(",u,v\nKLF1,1,2\nHLA-A,3,4\n"), ElementsAre("u", "v"));
  EXPECT_THAT(rows_of(",U1,V1\nENSG00000105610,1,2\nENSG00000206503.4,3,4\n"), ElementsAre("U1", "V1"));
  // As given: cells are said, or look like them, or nothing is clear.
  EXPECT_THAT(rows_of("cell,u,v\nKLF1,1,2\nHLA-A,3,4\n"), ElementsAre("KLF1", "HLA-A"));
  EXPECT_THAT(rows_of(",u,v\n" + std::string(kCell1) + ",1,2\n" + kCell2 + ",3,4\n"), ElementsAre(kCell1, kCell2));
  EXPECT_THAT(rows_of(",KLF1,HLA-A\nu,1,2\nv,3,4\n"), ElementsAre("u", "v"));
  EXPECT_THAT(rows_of("gene,KLF1,HLA-A\nu,1,2\nv,3,4\n"), ElementsAre("u", "v"));
  EXPECT_THAT(rows_of(",KLF1,HLA-A\nA1,1,2\nA2,3,4\n"), ElementsAre("A1", "A2"));
  EXPECT_THAT(rows_of(",g1,g2\nx1,1,2\nx2,3,4\n"), ElementsAre("x1", "x2"));
}

TEST_F(DenseTable, LabelsTellWhereCellsStand) {
  const std::string table = ",u.1,v.1\nx1,1,2\nx2,3,4\n";
  const auto cells_with = [&](const std::string& labels, const std::string& cell_names = "auto") {
    const std::string file = folder_.write("labels.csv", labels).string();
    CellSourceOptions options;
    options.labels_file = file;
    options.cell_names = cell_names;
    return told(table, options).first.obs.index;
  };
  EXPECT_THAT(cells_with("cell,label\nu-1,A\nv-1,B\n"), ElementsAre("u.1", "v.1"));
  EXPECT_THAT(cells_with("cell,label\nx1,A\nx2,B\n"), ElementsAre("x1", "x2"));
  EXPECT_THAT(cells_with("cell,label\ny1,A\ny2,B\n"), ElementsAre("x1", "x2"));
  EXPECT_THAT(cells_with("cell,label\nu-1,A\nv-1,B\n", "order"), ElementsAre("x1", "x2"));
}

TEST_F(DenseTable, ColumnsBesideGenesInRows) {
  auto [source, said] =
      told("Geneid,symbol,Length,c1,c2,c3\nENSG00000105610,KLF1,900,1,0,-30\nENSG00000206503,HLA-A,70,0.5,2,0\n");
  EXPECT_THAT(said, HasSubstr("columns of labels, not cells: symbol"));
  EXPECT_THAT(source.obs.index, ElementsAre("c1", "c2", "c3"));
  EXPECT_THAT(source.var.names(), ElementsAre("symbol", "Length"));
  EXPECT_THAT(column_as_strings(*source.var.find("symbol")), ElementsAre("KLF1", "HLA-A"));
  EXPECT_THAT(column_as_strings(*source.var.find("Length")), ElementsAre("900", "70"));
  EXPECT_EQ(dense(source), (Rows{{1, 0.5}, {0, 2}, {-30, 0}}));
}

TEST_F(DenseTable, FactsByName) {
  auto [source, said] = told(
      "cell,KLF1,n_counts,leiden,percent.mt,HLA-A,condition\nc1,1,10,0,0.5,2,1\nc2,0,12,1,NA,3,ctrl\nc3,4,9,1,2,0,2\n");
  EXPECT_THAT(said, HasSubstr("x.csv: no genes, kept as columns of obs: n_counts, leiden, percent.mt, condition"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "HLA-A"));
  EXPECT_EQ(dense(source), (Rows{{1, 2}, {0, 3}, {4, 0}}));
  EXPECT_THAT(source.obs.names(), ElementsAre("n_counts", "leiden", "percent.mt", "condition"));
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(*source.obs.find("n_counts")), ElementsAre(10, 12, 9));
  EXPECT_THAT(column_as_strings(*source.obs.find("percent.mt")), ElementsAre("0.5", "", "2"));
  EXPECT_THAT(column_as_strings(*source.obs.find("condition")), ElementsAre("1", "ctrl", "2"));
  EXPECT_THAT(error_of("cell,n_counts,condition\nc1,5,A\nc2,6,B\n"), AllOf(At("x.csv", "n_counts"), HasHint()));
}

/// Lines of read counters, where genes are in rows.
TEST_F(DenseTable, FactsInRows) {
  auto [source, said] = told("gene,c1,c2\nKLF1,1,0\n__no_feature,100,200\nHLA-A,3,4\nn_counts,4,4.5\n");
  EXPECT_THAT(said, HasSubstr("no genes, kept as columns of obs: __no_feature, n_counts"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "HLA-A"));
  EXPECT_EQ(dense(source), (Rows{{1, 3}, {0, 4}}));
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(*source.obs.find("__no_feature")), ElementsAre(100, 200));
  EXPECT_THAT(std::get<std::vector<double>>(*source.obs.find("n_counts")), ElementsAre(4, 4.5));
  EXPECT_THAT(error_of("gene,c1,c2\n__no_feature,1,0\nn_counts,100,200\n"), HasSubstr("no genes, only what is known"));
}

TEST_F(DenseTable, FactsByContent) {
  std::string text = "cell,depth,KLF1,CBL,HLA-A,SPI1,x1\n";
  std::vector<std::int64_t> depths;
  Rows rows;
  for (int i = 0; i < 12; ++i) {
    const int klf1 = i % 3, cbl = 5 * i % 7, hla = i, spi1 = i == 4 ? 2 : 0;
    depths.push_back(klf1 + cbl + hla + spi1);
    rows.push_back(
        {static_cast<float>(klf1), static_cast<float>(cbl), static_cast<float>(hla), static_cast<float>(spi1)});
    text += fmt::format("c{},{},{},{},{},{},{}\n", i, depths.back(), klf1, cbl, hla, spi1, 0.25 * i - 1);
  }
  auto [source, said] = told(text);
  EXPECT_THAT(
      said,
      HasSubstr("kept as columns of obs: depth (the sum of the others), x1 (negative values where others have none)"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "CBL", "HLA-A", "SPI1"));
  EXPECT_EQ(dense(source), rows);
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(*source.obs.find("depth")), depths);
  EXPECT_EQ(std::get<std::vector<double>>(*source.obs.find("x1"))[11], 1.75);
}

TEST_F(DenseTable, BadForms) {
  EXPECT_THAT(error_of(""), At("x.csv"));
  EXPECT_THAT(error_of("cell,KLF1\n"), At("x.csv"));
  EXPECT_THAT(error_of("cell\nc1\n"), At("x.csv line 2", "1"));
  EXPECT_THAT(error_of("cell,KLF1,CBL\nc1,0,1\nc2,1\n"), At("x.csv line 3", "2", "3", "1"));
  EXPECT_THAT(error_of("cell,KLF1\nc1,0,1,2\n"), At("x.csv line 2", "4", "2", "1"));
  EXPECT_THAT(error_of("cell,,CBL\nc1,0,1\n"), At("x.csv line 1 column 2"));
  EXPECT_THAT(error_of("cell,KLF1,\nc1,0,\n"), HasSubstr("does every line end with a separator?"));
  EXPECT_THAT(error_of("cell,KLF1\n,0\n"), At("x.csv line 2 column 1"));
  EXPECT_THAT(error_of("gene,c1\n,0\n", true), At("line 2 column 1"));
  EXPECT_THAT(error_of("cell,label\nc1,A\n"), At("x.csv"));
  EXPECT_THAT(error_of("cell,KLF1\n\"c1\"x,0\n"), At("x.csv line 2", "x,0"));
  EXPECT_THAT(message_of<ConfigError>([&] { open_table(folder_.file("x.csv"), {"raw", "", false}); }), At("", "raw"));
  EXPECT_THAT(message_of<IoError>([&] { open_table(folder_.file("y.csv"), {}); }), At("y.csv"));
}

}  // namespace
}  // namespace gracevae::impl
