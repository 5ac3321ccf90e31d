#include "screen/aliases.hpp"

#include <gmock/gmock.h>

namespace gracevae::impl {
namespace {

using Names = std::vector<std::string>;

/// KMT2D was MLL2, which is an alias of KMT2B too (as HGNC has it); TWO is an alias of both; CAT was a name of KMT2B
/// and is a gene of its own today.
const GeneAliases kTable({{"KMT2D", {"MLL2", "ENSG00000167548"}, {"ALR", "TWO"}},
                          {"KMT2B", {"CAT"}, {"MLL2", "TWO", "WBP7"}},
                          {"CAT", {}, {}}},
                         "table.tsv");

TEST(GeneAliases, PreviousSymbolsGoBeforeAliases) {
  EXPECT_EQ(kTable.symbol_of("MLL2"), "KMT2D");
  EXPECT_EQ(kTable.symbol_of("ALR"), "KMT2D");
  EXPECT_EQ(kTable.symbol_of("WBP7"), "KMT2B");
  EXPECT_EQ(kTable.symbol_of("ENSG00000167548.18"), "KMT2D") << "whatever the version";
  EXPECT_EQ(kTable.symbol_of("KMT2D"), "KMT2D");
  EXPECT_EQ(kTable.symbol_of("unknown"), "unknown");
  EXPECT_EQ(kTable.others_of("MLL2"), Names({"KMT2B", "KMT2D"}));
}

TEST(GeneAliases, AmbiguousNamesAndSymbolsOfTodayStandForThemselves) {
  EXPECT_EQ(kTable.symbol_of("TWO"), "TWO");
  EXPECT_TRUE(kTable.is_ambiguous("TWO"));
  EXPECT_EQ(kTable.symbol_of("CAT"), "CAT");
  EXPECT_FALSE(kTable.is_ambiguous("CAT"));
  EXPECT_EQ(kTable.others_of("CAT"), Names({"KMT2B"}));
  EXPECT_FALSE(kTable.is_ambiguous("MLL2"));
  EXPECT_FALSE(kTable.is_ambiguous("unknown"));
}

TEST(GeneIndex, FindsAGeneByAnyNameOfIt) {
  const Names old{"X", "MLL2"}, today{"X", "KMT2D"}, both{"MLL2", "KMT2D"}, twice{"MLL2", "ALR"};
  const auto find = [](const Names& genes, std::string_view name) { return GeneIndex(genes, &kTable).find(name); };
  EXPECT_EQ(find(old, "KMT2D"), 1) << "measured under its old name";
  EXPECT_EQ(find(old, "ALR"), 1);
  EXPECT_EQ(find(today, "MLL2"), 1);
  EXPECT_EQ(find(today, "TWO"), -1);
  EXPECT_EQ(find(both, "MLL2"), 0) << "a gene by its own name first";
  EXPECT_EQ(find(both, "ALR"), 1);
  EXPECT_EQ(find(twice, "KMT2D"), -1) << "either could be it";
  EXPECT_EQ(GeneIndex(old, nullptr).find("KMT2D"), -1);
}

TEST(GeneIndex, LooksPastTheVersionOfAnEnsemblId) {
  const Names ids{"ENSG00000105610.6", "ENSG00000141510", "A.1"};
  const GeneIndex index(ids, nullptr);
  EXPECT_EQ(index.find("ENSG00000105610"), 0);
  EXPECT_EQ(index.find("ENSG00000105610.7"), 0);
  EXPECT_EQ(index.find("ENSG00000141510.18"), 1);
  EXPECT_EQ(index.find("A"), -1) << "other names have no versions";
  EXPECT_EQ(index.find("A.1"), 2);
}

TEST(AliasUse, InOneLineWithThreeExamples) {
  AliasUse use;
  EXPECT_EQ(use_text(use, "targets", "t.tsv"), "");
  use.read_as = {{"a", "A"}, {"b", "B"}, {"c", "C"}, {"d", "D"}};
  EXPECT_EQ(use_text(use, "targets", "t.tsv"),
            "4 targets read by other names in t.tsv: a → A, b → B, c → C and 1 more");
  use.not_applied = {{"e", {"E", "F"}}};
  EXPECT_EQ(use_text({{}, use.not_applied}, "targets", "t.tsv"),
            "1 not applied, because the name could be another gene: e (E or F)");
}

}  // namespace
}  // namespace gracevae::impl
