#include "io/label_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "base/error.hpp"
#include "gzip_text.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
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
  std::string join(const std::string& text, const std::string& name = "labels.csv",
                   const std::string& cell_names = "auto") {
    const auto path = folder_.write(name, text);
    Messages messages;
    try {
      join_labels(source_, path, cell_names);
    } catch (...) {
      messages.take();
      throw;
    }
    return messages.take();
  }
  Thrown error_of(const std::string& text, const std::string& cell_names = "auto") {
    return message_of<InputError>([&] { join(text, "labels.csv", cell_names); });
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
              HasSubstr("its column 'label' takes the place of the one that was there"));
  EXPECT_THAT(source_.obs.names(), ElementsAre("label", "batch"));
  EXPECT_THAT(strings("label"), ElementsAre("A", "B", "C"));
}

TEST_F(LabelTable, NoneMatches) {
  EXPECT_THAT(error_of("cell,label\nx1,A\nx2,B\nx3,C\nx4,D\n"),
              AllOf(At("labels.csv", "4", "cell", "x1", "x2", "x3", "AAA-1", "AAC-1", "AAG-1"), HasHint()));
}

TEST_F(LabelTable, BadTables) {
  EXPECT_THAT(error_of(""), At("labels.csv"));
  EXPECT_THAT(error_of("cell,label\n"), At("labels.csv"));
  EXPECT_THAT(error_of("cell\nAAA-1\n"), At("labels.csv line 1", "1"));
  EXPECT_THAT(error_of("cell,a,a\nAAA-1,A,B\n"), At("labels.csv line 1", "a"));
  EXPECT_THAT(error_of("cell,label\nAAA-1,A\nAAC-1\n"), At("labels.csv line 3", "1", "2"));
  EXPECT_THAT(error_of("cell,label\nAAA-1,A\n,B\n"), At("labels.csv line 3"));
  EXPECT_THAT(error_of("cell,label\nAAA-1,A\n\nAAC-1,B\nAAA-1,A\n"),
              At("labels.csv line 5", "AAA-1", "2", "each once"));
  EXPECT_THAT(error_of("AAA-1,A\nAAC-1,B\n"), At("labels.csv line 1", "AAA-1"));
  EXPECT_THAT(message_of<IoError>([&] { join_labels(source_, folder_.file("absent.csv")); }), At("", "absent.csv"));
  source_ = source_of({"AAA-1", "AAC-1", "AAA-1"});
  EXPECT_THAT(error_of("cell,label\nAAA-1,A\n"), At("matrix", "1", "3", "AAA-1"));
}

/// Of which side the numbers at the end are cut, and what is said of it.
TEST_F(LabelTable, NamesThatDiffer) {
  struct Case {
    std::vector<std::string> cells, rows;
    const char* said;
  };
  const std::string a = "AAACCCAAGAAACACT", c = "CCCCCCAAGAAACACT", g = "GGGCCCAAGAAACACT";
  const std::vector<Case> cases{
      {{a + "-1", c + "-1", g + "-1"},
       {a + ".1", c + ".1", g + ".1"},
       "as R writes names: 'GGGCCCAAGAAACACT.1' is 'GGGCC"},
      {{"10x-" + a, "10x-" + c, "10x-" + g}, {"X10x." + a, "X10x." + c, "X10x." + g}, "and X before a digit"},
      {{"s1#" + a, "s1#" + c, "s1#" + g}, {"s1_" + a, "s1_" + c, "s1_" + g}, "points in place of other signs"},
      {{a + "-1", c + "-1", g + "-1"}, {a, c, g}, "without the number at the end: 'GGGCCCAAGAAACACT' is 'GGGCC"},
      {{a, c, g}, {a + "_1", c + "_1", g + "_1"}, "without the number at the end"},
      {{a + "-1", c + "-1", a + "-2"}, {a + "-1-0", c + "-1-0", a + "-2-0"}, "the number at the end of the table's"},
      {{a + "-1-0", c + "-1-0", a + "-2-1"}, {a + "-1", c + "-1", a + "-2"}, "the number at the end of the matrix's"},
      {{a + "-1-0", c + "-1-0", g + "-1-1"}, {a, c, g}, "without all numbers at the end"},
      {{a + "-1", c + "-1", g + "-1"},
       {"s1_" + a + "-1", "s1_" + c + "-1", "s2_" + g + "-1"},
       "stands before the barcode"},
      {{a + "-1", c + "-1", g + "-1"}, {"s1:" + a + "x", "s1:" + c + "x", "s2:" + g + "x"}, "by the barcode alone"},
      {{"Cell1", "Cell2", "Cell3"}, {"cell1", "CELL2", "cELL3"}, "in small letters: 'cELL3' is 'Cell3' in matrix"},
  };
  for (const auto& [cells, rows, said] : cases) {
    source_ = source_of(cells);
    std::string text = "label,cell\n";
    for (const std::size_t i : {2, 0, 1}) text += "L" + std::to_string(i) + "," + rows[i] + "\n";
    EXPECT_THAT(join(text), AllOf(HasSubstr(said), HasSubstr("labels for 3 of 3 cells"))) << rows[0];
    EXPECT_THAT(source_.obs.names(), ElementsAre("label"));
    EXPECT_THAT(strings("label"), ElementsAre("L0", "L1", "L2")) << rows[0];
    source_ = source_of(cells);
    EXPECT_THAT(error_of(text, "exact"), At("labels.csv", "3", "cell", "screen.cell_names auto"));
  }
}

/// Exact names go first; a change must fit nearly all of one side, each name once.
TEST_F(LabelTable, NamesAreChangedOnlyWhereTheyMust) {
  const std::string a = "AAACCCAAGAAACACT", c = "CCCCCCAAGAAACACT", g = "GGGCCCAAGAAACACT";
  source_ = source_of({a + "-1", c + "-1", a + "-2", c + "-2"});
  EXPECT_THAT(join("cell,label\n" + a + "-2,A\n" + c + "-2,B\n"), Not(HasSubstr("compared")));
  EXPECT_THAT(strings("label"), ElementsAre("", "", "A", "B"));
  // Few match as they are, none better otherwise.
  source_ = source_of({a + "-1", c + "-1", g + "-1"});
  EXPECT_THAT(join("cell,label\n" + a + "-1,A\nx,B\ny,C\nz,C\n"),
              AllOf(HasSubstr("labels for 1 of 3 cells"), HasSubstr("3 of 4 rows name no cell")));
  // Rows of two samples are not told apart by their barcodes.
  source_ = source_of({a + "-1", c + "-1", a + "-2"});
  EXPECT_THAT(error_of("cell,label\ns1_" + a + ",A\ns1_" + c + ",B\ns2_" + a + ",C\n"),
              AllOf(At("", "AAACCCAAGAAACACT-1", "AAACCCAAGAAACACT-2", "s1_AAACCCAAGAAACACT", "s2_AAACCCAAGAAACACT"),
                    HasSubstr("several samples or lanes")));
  // The header line is missing, which the changed names tell.
  source_ = source_of({a + "-1", c + "-1", g + "-1"});
  EXPECT_THAT(error_of(a + ",A\n" + c + ",B\n" + g + ",C\n"), At("line 1", "AAACCCAAGAAACACT"));
}

/// The way out that a hint names is one.
TEST_F(LabelTable, HintsAreExpressions) {
  struct Case {
    std::vector<std::string> cells, rows;
    std::size_t n_fit;
  };
  const std::vector<Case> cases{{{"AAA-1", "AAC-1", "AAG-1"}, {"AAA", "AAC", "XXX", "XXY"}, 2},
                                {{"sA_cell1", "sA_cell2"}, {"cell2", "cell1"}, 2},
                                {{"cell1_sA", "cell2_sA"}, {"cell1", "cell2"}, 2},
                                {{"x:cell1", "x:cell2"}, {"y:cell1", "y:cell2"}, 2},
                                {{"lane1-c1", "lane1-c2"}, {"c1", "c2"}, 2},
                                {{"c1.lane", "c2.lane"}, {"c1", "c2"}, 2}};
  for (const auto& [cells, rows, n_fit] : cases) {
    source_ = source_of(cells);
    std::string text = "cell,label\n";
    for (const auto& row : rows) text += row + "," + row + "\n";
    const std::string hint = error_of(text);
    EXPECT_THAT(hint, HasSubstr(std::to_string(n_fit) + " of " + std::to_string(rows.size()) + " rows fit"));
    const std::size_t begin = hint.find("screen.cell_names '") + std::string_view("screen.cell_names '").size();
    const std::string said = join(text, "labels.csv", hint.substr(begin, hint.find("', which", begin) - begin));
    EXPECT_THAT(said, HasSubstr("labels for " + std::to_string(n_fit) + " of"));
    for (std::size_t i = 0; i < n_fit; ++i)
      EXPECT_NE(cells[i].find(strings("label")[i].substr(strings("label")[i].find(':') + 1)), std::string::npos);
  }
}

TEST_F(LabelTable, Expressions) {
  const std::string text = "label,index\nA,s1/AAC\nB,s1/AAA\nC,s2/AAA\n";
  source_ = source_of({"AAA-1", "AAC-1", "AAA-2", "bulk"});
  EXPECT_THAT(message_of<ConfigError>([&] { join(text, "labels.csv", "([A-Z]+"); }), At("", "1"));
  EXPECT_THAT(error_of(text, "([A-Z]+)"),
              AllOf(At("matrix", "AAA-1", "AAA-2", "AAA", "screen.cell_names", "([A-Z]+)"), HasHint()));
  EXPECT_THAT(error_of(text, "(x+)"), At("matrix", "screen.cell_names", "(x+)", "4"));
  source_ = source_of({"AAA-1", "AAC-1", "bulk"});
  EXPECT_THAT(error_of(text, "([A-Z]+)"), At("labels.csv", "s1/AAA", "s2/AAA", "AAA"));
  EXPECT_THAT(error_of(text, "^([A-Z]+)"), At("labels.csv", "screen.cell_names", "^([A-Z]+)", "3"));
  EXPECT_THAT(error_of(text, "^([A-Za-z])"), At("", "AAA-1", "AAC-1", "A"));
  EXPECT_THAT(error_of("label,index\nA,s1/XXX\nB,s1/XXY\n", "([A-Z]+)"),
              At("labels.csv", "2", "index", "XXX", "XXY", "AAA", "AAC"));
  EXPECT_THAT(join("label,index\nA,s1/AAC\nB,s1/AAA\n", "labels.csv", "([A-Z]+)"),
              AllOf(HasSubstr("matrix: screen.cell_names '([A-Z]+)' is not found in 1 of 3 names"),
                    HasSubstr("compared by '([A-Z]+)': 's1/AAC' is 'AAC-1' in matrix"), HasSubstr("2 of 3 cells")));
  EXPECT_THAT(strings("label"), ElementsAre("B", "A", ""));
}

TEST_F(LabelTable, ByOrder) {
  const auto order = [&](const std::string& text) { return join(text, "rep.v1.txt", "order"); };
  EXPECT_THAT(order("rep_1\nrep_1\nrep_2\n"), HasSubstr("rep.v1.txt: row i is joined to cell i of matrix"));
  EXPECT_THAT(strings("rep.v1"), ElementsAre("rep_1", "rep_1", "rep_2"));
  source_ = source_of({"AAA-1", "AAC-1", "AAG-1"});
  order("replicate\n1\n1\n2\n");
  EXPECT_THAT(values<std::int64_t>("replicate"), ElementsAre(1, 1, 2));
  source_ = source_of({"AAA-1", "AAC-1", "AAG-1"});
  order("label,n\nA,1\nB,2\nB,3\n");
  EXPECT_THAT(source_.obs.names(), ElementsAre("label", "n"));
  EXPECT_THAT(strings("label"), ElementsAre("A", "B", "B"));
  source_ = source_of({"AAA-1", "AAC-1", "AAG-1"});
  order("A,1\nB,2\nB,3\n");
  EXPECT_THAT(source_.obs.names(), ElementsAre("column 1", "column 2"));
  EXPECT_THAT(strings("column 1"), ElementsAre("A", "B", "B"));
  // Names and numbers of the cells are no labels; others may stand there.
  for (const char* names : {"AAA-1 AAC-1 AAG-1", "1 2 3", "0 1 2"}) {
    source_ = source_of({"AAA-1", "AAC-1", "AAG-1"});
    std::istringstream words(names);
    std::string text = "cell\tlabel\n";
    for (std::string word; words >> word;) text += word + "\tL" + word + "\n";
    order(text);
    EXPECT_THAT(source_.obs.names(), ElementsAre("label"));
  }
  source_ = source_of({"AAA-1", "AAC-1", "AAG-1"});
  order("cell,label\nx,A\ny,B\nz,C\n");
  EXPECT_THAT(strings("label"), ElementsAre("A", "B", "C"));
}

TEST_F(LabelTable, ByOrderErrors) {
  EXPECT_THAT(error_of("label\nA\n", "order"), At("labels.csv", "1", "3"));
  EXPECT_THAT(error_of("label,cell\nA,AAC-1\nB,AAA-1\nC,AAG-1\n", "order"),
              At("labels.csv line 2", "AAC-1", "1", "AAA-1", "screen.cell_names"));
  join("label,cell\nA,AAC-1\nB,AAA-1\nC,AAG-1\n");
  EXPECT_THAT(strings("label"), ElementsAre("B", "A", "C"));
  // One column is no table of names and labels; with the option it is one of labels.
  source_ = source_of({"AAA-1", "AAC-1", "AAG-1"});
  EXPECT_THAT(error_of("label\nA\nB\nC\n"), At("", "screen.cell_names"));
  EXPECT_THAT(error_of("A\nB\nC\n"), At("", "screen.cell_names"));
  join("A\nB\nC\n", "labels.csv", "order");
  EXPECT_THAT(strings("labels"), ElementsAre("A", "B", "C"));
}

/// Cells that are only numbered.
TEST_F(LabelTable, CellsWithoutNames) {
  const auto unnamed = [&] { source_ = source_of({"1", "2", "3"}); };
  for (const auto& [text, name] :
       std::vector<std::pair<std::string, std::string>>{{"A\nB\nC\n", "rep"},
                                                        {"label\nA\nB\nC\n", "label"},
                                                        {"cell,label\nx,A\ny,B\nz,C\n", "label"},
                                                        {",label\n0,A\n1,B\n2,C\n", "label"},
                                                        {",label\n1,A\n2,B\n3,C\n", "label"},
                                                        {"n_counts,label\n2,A\n2,B\n3,C\n", "label"}}) {
    unnamed();
    const std::string said = join(gzipped(text), "rep.txt.gz");
    EXPECT_THAT(strings(name), ElementsAre("A", "B", "C")) << text;
    EXPECT_EQ(said.find("numbers in place of names") != std::string::npos, text.find("1,A") == std::string::npos)
        << text;
  }
  unnamed();
  join("cell,label\n3,C\n1,A\n");
  EXPECT_THAT(strings("label"), ElementsAre("A", "", "C"));
  unnamed();
  EXPECT_THAT(error_of("cell,label\nx,C\ny,A\n"), At("", "3"));
  EXPECT_THAT(error_of("cell,label\nx,A\ny,B\nz,C\n", "exact"), At("", "3"));
}

TEST_F(LabelTable, CellsNamedInAnotherColumn) {
  join("n,CB,label\n5,AAG-1,C\n5,AAA-1,A\n6,AAC-1,B\n");
  EXPECT_THAT(source_.obs.names(), ElementsAre("n", "label"));
  EXPECT_THAT(strings("label"), ElementsAre("A", "B", "C"));
}

TEST_F(LabelTable, DecimalCommasAndSemicolons) {
  join("cell;label;percent.mt\nAAA-1;A;0,5\nAAC-1;B;12,25\nAAG-1;C;3\n");
  EXPECT_THAT(values<double>("percent.mt"), ElementsAre(0.5, 12.25, 3));
}

TEST_F(LabelTable, SeveralTables) {
  folder_.write("meta.csv", "cell,label,batch\nAAA-1,A,1\nAAC-1,B,2\nAAG-1,C,2\n");
  folder_.write("other.csv", "cell,batch\nAAA.1,4\nAAC.1,5\nAAG.1,6\n");
  folder_.write("bad.csv", "cell,batch\nAAA-1,4\nAAA-1,5\n");
  folder_.write("a,b.csv", "cell,own\nAAA-1,1\nAAC-1,2\nAAG-1,3\n");
  const auto files = [&](const std::string& second) {
    return folder_.file("meta.csv").string() + ", " + folder_.file(second).string();
  };
  Messages messages;
  EXPECT_THAT(message_of<InputError>([&] { join_labels(source_, files("bad.csv")); }), At("bad.csv line 3"));
  EXPECT_TRUE(source_.obs.columns.empty());
  join_labels(source_, files("other.csv"));
  EXPECT_THAT(messages.take(), HasSubstr("other.csv: its column 'batch' takes the place"));
  EXPECT_THAT(source_.obs.names(), ElementsAre("label", "batch"));
  EXPECT_THAT(values<std::int64_t>("batch"), ElementsAre(4, 5, 6));
  join_labels(source_, folder_.file("a,b.csv").string());
  EXPECT_THAT(values<std::int64_t>("own"), ElementsAre(1, 2, 3));
  EXPECT_THAT(message_of<IoError>([&] { join_labels(source_, files("absent.csv")); }), At("", "absent.csv"));
  EXPECT_THAT(message_of<IoError>([&] { join_labels(source_, ","); }), HasSubstr(","));
  EXPECT_EQ(absolute_label_files("/x/../a.csv,/b.csv"), "/a.csv,/b.csv");
  EXPECT_EQ(absolute_label_files(""), "");
}

/// Nothing is changed where the join fails.
TEST_F(LabelTable, FailsWhole) {
  error_of("cell,label,other\nAAA-1,A,B\nAAA-1,A,B\n");
  EXPECT_TRUE(source_.obs.columns.empty());
}

}  // namespace
}  // namespace gracevae::impl
