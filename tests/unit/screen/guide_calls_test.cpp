#include "screen/guide_calls.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "guide_fixture.hpp"
#include "io/guide_matrix.hpp"
#include "io/guide_table.hpp"
#include "io/guide_tables.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::features_of;
using test::matrix_market_of;
using test::names_of;
using test::source_of;
using Names = std::vector<std::string>;

Names column(const CellSource& source, const char* name) {
  const Column* found = source.obs.find(name);
  return found ? column_as_strings(*found) : Names{"no column"};
}
Names calls_of(const CellSource& source) { return column(source, kGuideCallsColumn); }

void expect_parts(const std::string& text, const Names& parts) {
  for (const auto& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " is not in: " << text;
}

GuideCallOptions counted(const std::string& counts, const std::string& rule = "auto", std::int64_t min_umis = 5) {
  GuideCallOptions options;
  options.counts = counts;
  options.rule = rule;
  options.min_umis = min_umis;
  return options;
}

GuideCallOptions called(const std::filesystem::path& calls, std::int64_t min_umis = 5) {
  GuideCallOptions options;
  options.calls = calls;
  options.min_umis = min_umis;
  return options;
}

/// Four cells with counts of three guides.
CellSource with_features() {
  CellSource source = source_of({"a", "b", "c", "d"});
  source.obs.add("batch", Names{"1", "1", "2", "2"});
  source.others.push_back(features_of("CRISPR Guide Capture", {"KLF1_g1", "SET_g2", "NTC_g1"},
                                      {{9, 0, 1}, {6, 30, 0}, {0, 4, 4}, {0, 0, 5}}));
  return source;
}

TEST(GuideCalls, NothingGivenNothingDone) {
  CellSource source = with_features();
  EXPECT_EQ(call_guides(source, {}), "");
  EXPECT_EQ(source.obs.names(), (Names{"batch"}));
}

TEST(GuideCalls, FromCountsByTheThreshold) {
  CellSource source = with_features();
  const std::string said = call_guides(source, counted("features", "threshold"));
  EXPECT_EQ(calls_of(source), (Names{"KLF1_g1", "KLF1_g1|SET_g2", "", "NTC_g1"}));
  EXPECT_EQ(column(source, "n_guides"), (Names{"1", "2", "0", "1"}));
  EXPECT_TRUE(std::holds_alternative<std::vector<std::int64_t>>(*source.obs.find("n_guides")));
  expect_parts(said, {"3 guides of screen.h5ad: CRISPR Guide Capture by the rule threshold",
                      "by the rule threshold: called from 5 UMIs\n",
                      "cells by number of guides: 1 with 0, 2 with 1, 1 with 2, 0 with more"});
}

TEST(GuideCalls, ColumnsOfTheSameNameAreReplaced) {
  CellSource source = with_features();
  source.obs.add("guide_calls", Names{"old", "old", "old", "old"});
  source.obs.add("n_guides", std::vector<double>{9, 9, 9, 9});
  call_guides(source, counted("features", "threshold", 9));
  EXPECT_EQ(source.obs.names(), (Names{"batch", "guide_calls", "n_guides"}));
  EXPECT_EQ(calls_of(source), (Names{"KLF1_g1", "SET_g2", "", ""}));
}

TEST(GuideCalls, FewCellsAreSaidToGoByTheThreshold) {
  CellSource source = with_features();
  const std::string said = call_guides(source, counted("features"));
  EXPECT_EQ(calls_of(source), (Names{"KLF1_g1", "KLF1_g1|SET_g2", "", "NTC_g1"}));
  expect_parts(
      said,
      {"by the rule poisson-gauss",
       "3 of 3 guides go by the threshold of 5 UMIs, with counts in fewer than 10 cells or all alike: 'KLF1_g1'"});
}

TEST(GuideCalls, AmbiguousCellsAreSaidWithExamples) {
  std::vector<std::vector<float>> rows;
  const std::vector<std::pair<float, int>> drawn{{1, 500}, {2, 200},  {3, 50},   {30, 20}, {40, 30},
                                                 {64, 40}, {100, 30}, {200, 20}, {12, 4}};
  for (const auto& [count, n] : drawn) rows.insert(rows.end(), static_cast<std::size_t>(n), {count});
  CellSource source = source_of(names_of("AAAC-", rows.size()));
  source.others.push_back(features_of("CRISPR Guide Capture", {"KLF1_g1"}, rows));
  const std::string said = call_guides(source, counted("features"));
  expect_parts(said, {"4 of 894 cells are ambiguous and left out: 'AAAC-890' (KLF1_g1: 12 UMIs, probability 0."});
  EXPECT_EQ(calls_of(source)[890], "");
  EXPECT_EQ(calls_of(source)[889], "KLF1_g1");
  EXPECT_EQ(column(source, "n_guides")[890], "0");
}

TEST(GuideCalls, GuidesWithoutSignalAndCellsWithoutGuides) {
  std::vector<std::vector<float>> rows(30, {1, 0});
  for (std::size_t i = 0; i < 10; ++i) rows[i] = {2, i < 9 ? 0.F : 40.F};
  CellSource source = source_of(names_of("c", rows.size()));
  source.others.push_back(features_of("CRISPR Guide Capture", {"KLF1_g1", "SET_g1"}, rows));
  const std::string said = call_guides(source, counted("features"));
  expect_parts(
      said, {"called from 5 UMIs; no count of 'KLF1_g1' is signal", "29 with 0, 1 with 1",
             "most cells have no guide: the greatest count of a cell is 1 in the median, screen.guide_min_umis is 5"});
  EXPECT_EQ(call_guides(source, counted("features", "threshold", 1)).find("most cells"), std::string::npos);
}

TEST(GuideCalls, NoCallAtAll) {
  CellSource source = with_features();
  expect_error<InputError>([&] { call_guides(source, counted("features", "auto", 100)); },
                           {"no guide is called", "the greatest count is 30",
                            "screen.guide_rule threshold screen.guide_min_umis 1"});
  EXPECT_EQ(source.obs.names(), (Names{"batch"}));
  call_guides(source, counted("features", "threshold", 1));
  EXPECT_EQ(calls_of(source)[3], "NTC_g1");

  CellSource empty = source_of({"a"});
  empty.others.push_back(features_of("CRISPR Guide Capture", {"x"}, {{0}}));
  expect_error<InputError>([&] { call_guides(empty, counted("features")); },
                           {"all counts of the screen's cells are 0"});
}

TEST(GuideCalls, OneOfTheTwo) {
  CellSource source = with_features();
  GuideCallOptions both = counted("features");
  both.calls = "calls.csv";
  expect_error<ConfigError>([&] { call_guides(source, both); },
                            {"screen.guide_calls and screen.guide_counts", "leave one"});
  expect_error<ConfigError>([&] { call_guides(source, counted("features", "best")); }, {"screen.guide_rule 'best'"});
}

TEST(GuideCalls, FromCellRangersTable) {
  const TemporaryFolder folder;
  const auto file = folder.write("protospacer_calls_per_cell.csv",
                                 "cell_barcode,num_features,feature_call,num_umis\n"
                                 "d-1,1,NTC_g1,20\nb-1,2,SET_g2|KLF1_g1,5|31\na-1,1,KLF1_g1,4\nzz-1,1,KLF1_g1,50\n");
  CellSource source = source_of({"a", "b", "c", "d"});
  const std::string said = call_guides(source, called(file));
  EXPECT_EQ(calls_of(source), (Names{"", "KLF1_g1|SET_g2", "", "NTC_g1"}));
  EXPECT_EQ(column(source, "n_guides"), (Names{"0", "2", "0", "1"}));
  expect_parts(said,
               {"(column 'feature_call') for 3 of 4 cells", "'a-1' is 'a'", "1 of 4 cells of", "none of the screen",
                "1 of 5 calls have fewer than 5 UMIs (screen.guide_min_umis) and are left out: 'a-1' (KLF1_g1: 4)",
                "2 with 0, 1 with 1, 1 with 2, 0 with more"});
  call_guides(source, called(file, 1));
  EXPECT_EQ(calls_of(source)[0], "KLF1_g1");
}

TEST(GuideCalls, ATableOfALineForEachGuide) {
  const TemporaryFolder folder;
  const auto file = folder.write("calls.tsv", "barcode\tguide\nb\tSET_g2\nb\tKLF1_g1\na\tnone\n");
  CellSource source = source_of({"a", "b"});
  expect_parts(call_guides(source, called(file)), {"has no counts: every call is taken"});
  EXPECT_EQ(calls_of(source), (Names{"", "KLF1_g1|SET_g2"}));
}

TEST(GuideCalls, TablesThatCallNothing) {
  const TemporaryFolder folder;
  CellSource source = source_of({"a", "b"});
  const auto few = folder.write("few.csv", "cell_barcode,feature_call,num_umis\na,x,3\nb,x,2\n");
  expect_error<InputError>([&] { call_guides(source, called(few)); },
                           {"few.csv: all 2 calls", "the most is 3", "screen.guide_min_umis 1"});
  EXPECT_TRUE(source.obs.columns.empty());
  call_guides(source, called(few, 1));
  EXPECT_EQ(calls_of(source), (Names{"x", "x"}));
  const auto none = folder.write("none.csv", "cell_barcode,feature_call\na,None\nb,None\n");
  expect_error<InputError>([&] { call_guides(source, called(none)); }, {"names no guide for any cell"});
  const auto other = folder.write("other.csv", "cell_barcode,feature_call\nAAAC-1,x\n");
  expect_error<InputError>([&] { call_guides(source, called(other)); }, {"none of its 1 cells", "'AAAC-1'"});
}

/// Papalexi et al. 2021: a matrix without lists, the table of guides in another order (experiments/real_screens.py).
class PapalexiCalls : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto data = test::data_folder();
    if (!data || !std::filesystem::exists(*data / "papalexi21_eccite")) GTEST_SKIP() << "no data folder";
    counts_ = *data / "papalexi21_eccite" / "grna_110x20729.mtx.gz";
    table_ = *data / "papalexi21_eccite" / "grna_targets.csv";
    list_ = folder_.write("order.txt", guides_in_order());
  }

  /// First CUL3, CMTM6 and the non-targeting ones (NTg), last those of PDL1.
  std::string guides_in_order() const {
    Names names;
    for (const GuideRow& row : read_guide_table(table_)) names.push_back(row.guide);
    const auto rank = [](const std::string& name) {
      if (name.starts_with("CUL3")) return 0;
      if (name.starts_with("CMTM6")) return 1;
      if (name.starts_with("NT")) return 2;
      return name.starts_with("PDL1") ? 4 : 3;
    };
    std::string text;
    for (int wanted = 0; wanted < 5; ++wanted)
      for (const std::string& name : names)
        if (rank(name) == wanted) text += name + "\n";
    return text;
  }

  std::filesystem::path counts_, table_, list_;
  TemporaryFolder folder_;
};

/// The guide with the most counts of every cell, "" for a cell without.
Names strongest(const std::filesystem::path& matrix, const Names& guides, std::size_t n_cells) {
  std::vector<float> most(n_cells, 0);
  Names best(n_cells);
  const GuideMatrix read =
      read_guide_matrix(matrix, static_cast<std::int64_t>(n_cells), [&](std::int64_t) { return guides; });
  for (std::size_t i = 0; i < n_cells; ++i) {
    const auto columns = read.counts.row_indices(static_cast<std::int64_t>(i));
    const auto values = read.counts.row_values(static_cast<std::int64_t>(i));
    for (std::size_t k = 0; k < columns.size(); ++k)
      if (values[k] > most[i]) most[i] = values[k], best[i] = guides[static_cast<std::size_t>(columns[k])];
  }
  return best;
}

TEST_F(PapalexiCalls, MostCellsHaveTheGuideWithMostCounts) {
  constexpr std::size_t kCells = 20729;
  const Names best = strongest(counts_, read_guide_list(list_), kCells);
  for (const char* rule : {"poisson-gauss", "cellranger"}) {
    CellSource source = source_of(names_of("cell", kCells));
    GuideCallOptions options = counted(counts_, rule);
    options.list = list_;
    options.table = table_;
    const std::string said = call_guides(source, options);
    const Names calls = calls_of(source);
    double n_single = 0, n_same = 0;
    for (std::size_t i = 0; i < kCells; ++i) {
      if (calls[i].empty() || calls[i].find('|') != std::string::npos) continue;
      ++n_single;
      n_same += calls[i] == best[i];
    }
    EXPECT_GT(n_single / kCells, 0.83) << said;
    EXPECT_LT(n_single / kCells, 0.92) << said;
    EXPECT_GT(n_same / n_single, 0.99) << said;
  }
}

TEST_F(PapalexiCalls, TheOrderOfTheTableIsSaid) {
  CellSource source = source_of(names_of("cell", 20729));
  GuideCallOptions options = counted(counts_);
  options.table = table_;
  expect_parts(call_guides(source, options),
               {"are named in the order of", "the first is 'ATF2g1'", "give screen.guide_list"});
}

}  // namespace
}  // namespace gracevae::impl
