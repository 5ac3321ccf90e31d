#include "io/guide_tables.hpp"

#include "base/error.hpp"
#include "gzip_text.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using Names = std::vector<std::string>;

/// "cell guide umis" of every call.
Names texts_of(const GuideCallTable& table) {
  Names texts;
  for (const GuideCall& call : table.calls)
    texts.push_back(call.cell + " " + call.guide + " " + std::to_string(call.umis));
  return texts;
}

class GuideTables : public ::testing::Test {
 protected:
  GuideCallTable read(const std::string& text) { return read_guide_calls(folder_.write("calls.csv", text)); }
  Thrown message(const std::string& text) {
    return message_of<InputError>([&] { read(text); });
  }
  void expect_message(const std::string& text, const Names& parts) {
    const std::string found = message(text);
    for (const std::string& part : parts) EXPECT_NE(found.find(part), std::string::npos) << part << " in " << found;
  }
  TemporaryFolder folder_;
};

TEST_F(GuideTables, AsCellRangerWritesThem) {
  const GuideCallTable table = read(
      "cell_barcode,num_features,feature_call,num_umis\n"
      "AAAC-1,1,KLF1_g1,20\n"
      "CCCC-1,2,KLF1_g1|SET_g2,7|31\n"
      "GGGG-1,0,,\n");
  EXPECT_EQ(table.cells, (Names{"AAAC-1", "CCCC-1", "GGGG-1"}));
  EXPECT_EQ(texts_of(table), (Names{"AAAC-1 KLF1_g1 20", "CCCC-1 KLF1_g1 7", "CCCC-1 SET_g2 31"}));
  EXPECT_EQ(table.cell_column + " " + table.guide_column + " " + table.umi_column,
            "cell_barcode feature_call num_umis");
  EXPECT_EQ(table.calls[2].line, 3);
}

TEST_F(GuideTables, ARowForEachCellAndGuide) {
  const GuideCallTable table = read_guide_calls(
      folder_.write("cell_identities.tsv.gz",
                    gzipped("cell_barcode\tguide_identity\tread_count\tUMI_count\r\n"
                            "AAAC-1\tKLF1_g1\t200\t20\r\nAAAC-1\tSET_g2\t90\t9.0\r\nCCCC-1\t*\t4\t1\r\n")));
  EXPECT_EQ(table.cells, (Names{"AAAC-1", "CCCC-1"}));
  EXPECT_EQ(texts_of(table), (Names{"AAAC-1 KLF1_g1 20", "AAAC-1 SET_g2 9"}));
}

TEST_F(GuideTables, WithoutCountsAndWithoutNameOfTheCells) {
  const GuideCallTable table = read(",sgRNA\nAAAC-1,KLF1_g1\nCCCC-1,None\nGGGG-1,NA\nTTTT-1,Unassigned\n");
  EXPECT_EQ(table.cells.size(), 4U);
  EXPECT_EQ(texts_of(table), (Names{"AAAC-1 KLF1_g1 -1"}));
  EXPECT_EQ(table.umi_column, "");
  EXPECT_EQ(texts_of(read("guides;who\nKLF1_g1;AAAC-1\n")), (Names{"AAAC-1 KLF1_g1 -1"}));
}

TEST_F(GuideTables, WhatIsNoTableOfCalls) {
  expect_message("", {"calls.csv: is empty"});
  expect_message("cell_barcode,feature_call\n", {"has no rows below its header"});
  expect_message("cell_barcode,condition\nA,B\n",
                 {"line 1", "no column of guides among 'cell_barcode'", "feature_call"});
  expect_message("guide\nKLF1_g1\n", {"line 1", "no column of cells", "cell_barcode and feature_call"});
  expect_message("cell_barcode,feature_call\nAAAC-1\n", {"line 2", "1 fields, expected 2"});
  expect_message("cell_barcode,feature_call\n,KLF1_g1\n", {"line 2", "the cell name is empty"});
}

TEST_F(GuideTables, CountsThatDoNotFit) {
  const std::string header = "cell_barcode,num_features,feature_call,num_umis\n";
  expect_message(header + "AAAC-1,2,a|b,7\n", {"line 2", "2 guides in 'feature_call', but 1 counts in 'num_umis'"});
  expect_message(header + "AAAC-1,1,a,many\n", {"line 2", "'many' is no whole number"});
  expect_message(header + "AAAC-1,1,a,2.5\n", {"'2.5' is no whole number"});
  expect_message(header + "AAAC-1,1,a,-2\n", {"'-2' is no whole number"});
  expect_message(header + "AAAC-1,1,a,nan\n", {"'nan' is no whole number"});
  expect_message(header + "AAAC-1,1,a,1e300\n", {"is no whole number"});
  expect_message(header + "AAAC-1,2,a|,7|8\n", {"line 2", "has no name"});
}

TEST_F(GuideTables, OneGuideTwiceInACell) {
  expect_message("cell,guide\nA,g1\nB,g1\nA,g1\n", {"line 4", "'g1' of cell 'A' stands in line 2 already"});
  expect_message("cell,guide\nA,g1|g1\n", {"line 2", "stands in line 2 already"});
}

TEST_F(GuideTables, DamagedTablesAreReadOrRefused) {
  const std::string good =
      "cell_barcode,num_features,feature_call,num_umis\nAAAC-1,1,KLF1_g1,20\nCCCC-1,2,KLF1_g1|SET_g2,7|31\n";
  for (const bool packed : {false, true}) {
    const std::string whole = packed ? gzipped(good) : good;
    for (std::size_t i = 0; i < 2 * whole.size(); ++i) {
      std::string bytes = whole.substr(0, i < whole.size() ? i : whole.size());
      if (i >= whole.size()) bytes[i - whole.size()] ^= 0x15;
      try {
        const GuideCallTable table = read(bytes);
        EXPECT_LE(table.calls.size(), 3U);
        for (const GuideCall& call : table.calls) EXPECT_FALSE(call.cell.empty() || call.guide.empty());
        EXPECT_FALSE(packed && i < whole.size()) << i;
      } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("calls.csv"), std::string::npos) << error.what();
      }
    }
  }
}

TEST_F(GuideTables, ListsAndColumnsOfNames) {
  EXPECT_EQ(read_guide_list(folder_.write("list.txt", "g2\ng1\n\ng3")), (Names{"g2", "g1", "g3"}));
  EXPECT_EQ(read_guide_list(folder_.write("features.tsv", "g2\tx\tCRISPR Guide Capture\ng1\ty\tz\n")),
            (Names{"g2", "g1"}));
}

TEST_F(GuideTables, ListsThatAreWrong) {
  const auto list = [&](const std::string& text) {
    return message_of<InputError>([&] { read_guide_list(folder_.write("list.txt", text)); });
  };
  EXPECT_THAT(list("g1\ng2\ng1\n"), At("list.txt line 3", "g1", "1"));
  EXPECT_THAT(list(""), At("list.txt"));
  EXPECT_THAT(list("g1\tx\n \ty\n"), At("list.txt line 2"));
}

}  // namespace
}  // namespace gracevae::impl
