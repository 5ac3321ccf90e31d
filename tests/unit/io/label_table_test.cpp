#include "io/label_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "gzip_text.hpp"
#include "test_folder.hpp"

namespace gracevae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

CellSource source_of(const std::vector<std::string>& cells) {
  CellSource source;
  source.path = "matrix";
  source.obs.index = cells;
  return source;
}

class LabelTable : public ::testing::Test {
 protected:
  /// What the join says on standard error.
  std::string join(const std::string& text, const std::string& name = "labels.csv") {
    const auto path = folder_.write(name, text);
    testing::internal::CaptureStderr();
    try {
      join_labels(source_, path);
    } catch (...) {
      testing::internal::GetCapturedStderr();
      throw;
    }
    return testing::internal::GetCapturedStderr();
  }
  std::string error_of(const std::string& text) {
    return message_of<InputError>([&] { join(text); });
  }
  std::vector<std::string> strings(const std::string& name) const {
    EXPECT_NE(source_.obs.find(name), nullptr) << name;
    return source_.obs.find(name) ? column_as_strings(*source_.obs.find(name)) : std::vector<std::string>{};
  }
  template <class T>
  std::vector<T> values(const std::string& name) const {
    return std::get<std::vector<T>>(*source_.obs.find(name));
  }
  TemporaryFolder folder_;
  CellSource source_ = source_of({"AAA-1", "AAC-1", "AAG-1"});
};

TEST_F(LabelTable, AsOnGeo) {
  const std::string text =
      "cell_barcode,guide_identity,read_count,UMI_count,coverage,gemgroup,good_coverage,number_of_cells\n"
      "AAG-1,CBL_NegCtrl0__CBL_NegCtrl0,30,3,10.5,1,True,1\n"
      "AAA-1,NegCtrl0_NegCtrl0__NegCtrl0_NegCtrl0,10,1,10,1,False,1\n"
      "AAC-1,A_B__A_B,20,2,10,2,True,2\n";
  const std::string said = join(gzipped(text), "cell_identities.csv.gz");
  EXPECT_THAT(said, AllOf(HasSubstr("cell_identities.csv.gz: labels for 3 of 3 cells"), Not(HasSubstr("warning"))));
  EXPECT_THAT(source_.obs.names(), ElementsAre("guide_identity", "read_count", "UMI_count", "coverage", "gemgroup",
                                               "good_coverage", "number_of_cells"));
  EXPECT_THAT(strings("guide_identity"),
              ElementsAre("NegCtrl0_NegCtrl0__NegCtrl0_NegCtrl0", "A_B__A_B", "CBL_NegCtrl0__CBL_NegCtrl0"));
  EXPECT_THAT(values<std::int64_t>("read_count"), ElementsAre(10, 20, 30));
  EXPECT_THAT(values<double>("coverage"), ElementsAre(10, 10, 10.5));
  EXPECT_THAT(strings("good_coverage"), ElementsAre("False", "True", "True"));
}

TEST_F(LabelTable, GapsOnBothSides) {
  const std::string said =
      join("cell\tlabel\tdepth\tscore\tid\nAAG-1\tA\t3\t0.5\t7\nXXX-1\tB\t4\tNA\t007\nAAA-1\t\t5\t\t9\n");
  EXPECT_THAT(said, AllOf(HasSubstr("labels for 2 of 3 cells"), HasSubstr("warning"),
                          HasSubstr("1 of 3 rows name no cell of matrix")));
  EXPECT_THAT(strings("label"), ElementsAre("", "", "A"));
  EXPECT_THAT(strings("id"), ElementsAre("9", "", "7"));
  EXPECT_TRUE(std::holds_alternative<std::vector<std::string>>(*source_.obs.find("id")));
  const auto depth = values<double>("depth"), score = values<double>("score");
  EXPECT_EQ(depth[0], 5);
  EXPECT_TRUE(std::isnan(depth[1]));
  EXPECT_EQ(depth[2], 3);
  EXPECT_TRUE(std::isnan(score[0]));
  EXPECT_EQ(score[2], 0.5);
}

TEST_F(LabelTable, WhereTheNamesOfTheCellsStand) {
  join("n,Barcode,label\n1,AAA-1,A\n2,AAC-1,B\n3,AAG-1,C\n");
  EXPECT_THAT(source_.obs.names(), ElementsAre("n", "label"));
  EXPECT_THAT(strings("label"), ElementsAre("A", "B", "C"));
  // pandas writes an index without a name; R leaves the name out altogether.
  for (const char* header : {",label,cell_id\n", "label,cell_id\n"}) {
    source_ = source_of({"AAA-1", "AAC-1", "AAG-1"});
    join(header + std::string("AAC-1,B,x\nAAA-1,A,y\nAAG-1,C,z\n"));
    EXPECT_THAT(source_.obs.names(), ElementsAre("label", "cell_id"));
    EXPECT_THAT(strings("label"), ElementsAre("A", "B", "C"));
  }
  source_ = source_of({"AAA-1", "AAC-1", "AAG-1"});
  join(",cell_id,label\n0,AAC-1,B\n1,AAA-1,A\n2,AAG-1,C\n");
  EXPECT_THAT(source_.obs.names(), ElementsAre("column 1", "label"));
}

TEST_F(LabelTable, TakesThePlaceOfColumns) {
  source_.obs.add("label", std::vector<std::string>{"x", "y", "z"});
  source_.obs.add("batch", std::vector<std::int64_t>{1, 2, 3});
  EXPECT_THAT(join("cell,label\nAAA-1,A\nAAC-1,B\nAAG-1,C\n"),
              HasSubstr("its column 'label' takes the place of the one in the matrix file"));
  EXPECT_THAT(source_.obs.names(), ElementsAre("label", "batch"));
  EXPECT_THAT(strings("label"), ElementsAre("A", "B", "C"));
}

TEST_F(LabelTable, NoneMatches) {
  EXPECT_THAT(error_of("cell,label\nx1,A\nx2,B\nx3,C\nx4,D\n"),
              AllOf(HasSubstr(
                        "labels.csv: none of the 4 names in column 'cell' is a cell of matrix: labels 'x1', 'x2', "
                        "'x3', ...; matrix 'AAA-1', 'AAC-1', 'AAG-1'"),
                    HasSubstr("must be the first, or named barcode")));
  EXPECT_THAT(error_of("cell,label\nAAA,A\nAAC,B\nXXX,B\n"),
              HasSubstr("without the suffix \"-1\" of the names in the matrix 2 rows would match"));
  EXPECT_THAT(error_of("cell,label\nAAA-2,A\n"), HasSubstr("of the names on both sides 1 rows would match"));
  source_ = source_of({"AAA", "AAC"});
  EXPECT_THAT(error_of("cell,label\nAAA-1,A\n"), HasSubstr("of the names in the labels 1 rows would match"));
}

TEST_F(LabelTable, BadTables) {
  EXPECT_THAT(error_of(""), HasSubstr("labels.csv: is empty, expected a header line"));
  EXPECT_THAT(error_of("cell,label\n"), HasSubstr("labels.csv: has no rows below its header line"));
  EXPECT_THAT(error_of("cell\nAAA-1\n"),
              HasSubstr("labels.csv line 1: 1 column, expected cell names and at least one label"));
  EXPECT_THAT(error_of("cell,a,a\nAAA-1,A,B\n"), HasSubstr("labels.csv line 1: two columns are named 'a'"));
  EXPECT_THAT(error_of("cell,label\nAAA-1,A\nAAC-1\n"),
              HasSubstr("labels.csv line 3: 1 fields, expected 2 as in line 1"));
  EXPECT_THAT(error_of("cell,label\nAAA-1,A\n,B\n"), HasSubstr("labels.csv line 3: the cell name is empty"));
  EXPECT_THAT(error_of("cell,label\nAAA-1,A\n\nAAC-1,B\nAAA-1,A\n"),
              HasSubstr("labels.csv line 5: the cell 'AAA-1' stands in line 2 already, expected each once"));
  EXPECT_THAT(error_of("AAA-1,A\nAAC-1,B\n"),
              HasSubstr("labels.csv line 1: 'AAA-1' is a cell, expected the names of the columns"));
  EXPECT_THAT(message_of<IoError>([&] { join_labels(source_, folder_.file("absent.csv")); }), HasSubstr("absent.csv"));
  source_ = source_of({"AAA-1", "AAC-1", "AAA-1"});
  EXPECT_THAT(error_of("cell,label\nAAA-1,A\n"), HasSubstr("matrix: cells 1 and 3 are both named 'AAA-1'"));
}

/// Nothing is changed where the join fails.
TEST_F(LabelTable, FailsWhole) {
  error_of("cell,label,other\nAAA-1,A,B\nAAA-1,A,B\n");
  EXPECT_TRUE(source_.obs.columns.empty());
}

}  // namespace
}  // namespace gracevae
