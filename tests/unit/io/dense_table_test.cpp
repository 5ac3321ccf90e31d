#include "io/dense_table.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "gzip_text.hpp"
#include "test_folder.hpp"

namespace gracevae {
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
  CellSource open(const std::string& text, bool genes_in_rows = false) const {
    return open_table(folder_.write("x.csv", text), {"", "", genes_in_rows});
  }
  std::string error_of(const std::string& text, bool genes_in_rows = false) const {
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
  testing::internal::CaptureStderr();
  CellSource source = open("cell,condition,KLF1,note,CBL\nc1,\"A,B\",1,,0\nc2,control,0,,2\n");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("x.csv: columns of labels, not genes: condition, note"));
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
  EXPECT_THAT(error_of(late + "c20,word\n"), HasSubstr("x.csv line 22 column 2 (KLF1): 'word' is no number"));
}

TEST_F(DenseTable, BadValues) {
  const auto error = [&](const std::string& value) { return error_of("cell,KLF1,CBL\nc1,0,1\nc2," + value + ",1\n"); };
  EXPECT_THAT(error("1x"), HasSubstr("x.csv line 3 column 2 (KLF1): '1x' is no number"));
  EXPECT_THAT(error(""),
              AllOf(HasSubstr("line 3 column 2 (KLF1): '' is a missing value"), HasSubstr("put 0 in its place")));
  for (const char* gap : {"NA", "NaN", "nan"})
    EXPECT_THAT(error(gap), HasSubstr(fmt::format("(KLF1): '{}' is a missing value", gap)));
  for (const char* large : {"inf", "-inf", "1e99", "1e999"})
    EXPECT_THAT(error(large), HasSubstr(fmt::format("(KLF1): '{}' is no finite number", large)));
  EXPECT_THAT(error("0x10"), HasSubstr("'0x10' is no number"));
  EXPECT_THAT(error(std::string(1'000'000, 'x')), HasSubstr("xxx... (1000000 characters)' is no number"));
  EXPECT_THAT(error_of("cell;KLF1\nc1;0\nc2;0,5\n"), HasSubstr("write the decimal separator as a point"));
  EXPECT_THAT(error_of("gene,c1\nKLF1,1\ncondition,A\n", true),
              AllOf(HasSubstr("x.csv line 3 column 2 (c1): 'A' is no number"),
                    HasSubstr("labels in a file of their own")));
}

TEST_F(DenseTable, BadForms) {
  EXPECT_THAT(error_of(""), HasSubstr("x.csv: is empty, expected a line with the names of the genes"));
  EXPECT_THAT(error_of("cell,KLF1\n"), HasSubstr("x.csv: names no cells below its first line"));
  EXPECT_THAT(error_of("cell\nc1\n"), HasSubstr("x.csv line 2: 1 field, expected a name and values"));
  EXPECT_THAT(error_of("cell,KLF1,CBL\nc1,0,1\nc2,1\n"), HasSubstr("x.csv line 3: 2 fields, expected 3 as in line 1"));
  EXPECT_THAT(error_of("cell,KLF1\nc1,0,1,2\n"), HasSubstr("x.csv line 2: 4 fields, expected 2 as in line 1"));
  EXPECT_THAT(error_of("cell,,CBL\nc1,0,1\n"),
              HasSubstr("x.csv line 1 column 2: is empty, expected the name of a gene"));
  EXPECT_THAT(error_of("cell,KLF1,\nc1,0,\n"), HasSubstr("does every line end with a separator?"));
  EXPECT_THAT(error_of("cell,KLF1\n,0\n"), HasSubstr("x.csv line 2 column 1: is empty, expected the name of a cell"));
  EXPECT_THAT(error_of("gene,c1\n,0\n", true), HasSubstr("line 2 column 1: is empty, expected the name of a gene"));
  EXPECT_THAT(error_of("cell,label\nc1,A\n"), HasSubstr("x.csv: no column of numbers, expected one for each gene"));
  EXPECT_THAT(error_of("cell,KLF1\n\"c1\"x,0\n"), HasSubstr("x.csv line 2: 'x,0' follows the closing quote"));
  EXPECT_THAT(message_of<ConfigError>([&] {
                open_table(folder_.file("x.csv"), {"raw", "", false});
              }),
              HasSubstr("has no matrix 'raw'"));
  EXPECT_THAT(message_of<IoError>([&] { open_table(folder_.file("y.csv"), {}); }), HasSubstr("y.csv: no such file"));
}

}  // namespace
}  // namespace gracevae
