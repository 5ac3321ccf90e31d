#include "screen/control_words.hpp"

#include <gtest/gtest.h>

namespace gracevae::impl {
namespace {

TEST(ControlKind, KnowsThePublishedSpellings) {
  for (const char* word : {"ctrl",
                           "NT",
                           "non-targeting",
                           "Non_Targeting",
                           "control",
                           "Negative Control",

                           "NonTarget",
                           "NON_TARGET-1",
                           "non-target",
                           "NTC_g1",
                           "sgNTC",
                           "sgNTC-1",
                           "NTg4",
                           "non_targeting_1",
                           "scramble",
                           "scrambled",
                           "safe-harbor",
                           "safe_harbor_3",
                           "AAVS1",
                           "sgCtrl1",
                           "CTRL0",
                           "sgControl",
                           "INTERGENIC1144056",
                           "neg_ctrl",
                           "Neg_Ctrl_1",
                           "NegCtrl0",
                           "Negative_Control_1",
                           "safe_harbor_AAVS1",
                           "Non-Targeting Human",
                           "nt_ctrl",
                           "NO-TARGET",
                           "NO_SITE_1",
                           "control_g1",
                           "ONE_NON-GENE_SITE_1",
                           "Rosa26",
                           "safe-targeting",
                           "non-targeting_00023"})
    EXPECT_EQ(control_kind(word), ControlKind::guide) << word;
  for (const char* word : {"EV", "GFP", "LacZ", "WT", "vehicle", "DMSO", "unstimulated", "PBS", "no-guide", "BASELINE",
                           "unperturbed", "untreated", "mock"})
    EXPECT_EQ(control_kind(word), ControlKind::cells) << word;
}

TEST(ControlKind, GenesAndUnknownCellsAreNone) {
  for (const char* word :
       {"A",     "KLF1",   "CNN1",      "A+ctrl",     "A_NegCtrl0", "control_KLF1", "KLF1|non-targeting_1",

        "NTRK1", "CTRL2X", "NT5E",      "NTNG1",      "CTLA4",      "NEGR1",        "WTAP",
        "",      "*",      "multiplet", "unassigned", "EVI2A",      "GFPT1",        "SCRIB",
        "12"})
    EXPECT_EQ(control_kind(word), ControlKind::none) << word;
}

TEST(SaysNothing, OfCellsWithoutACall) {
  for (const char* word : {"*", "NaN", "nan", "NA", "<NA>", "N/A", "None", "multiplet", "Multiplets", "unassigned",
                           "Doublet", "ambiguous", "not_assigned", " * "})
    EXPECT_TRUE(says_nothing(word)) << word;
  for (const char* word : {"", "KLF1", "none", "control", "62(mod)_pBA581"}) EXPECT_FALSE(says_nothing(word)) << word;
}

TEST(ControlWords, MatchWordsAndPatterns) {
  const ControlWords words(" non-targeting*, safe-targeting*,AAVS1 ");
  for (const char* word : {"non-targeting_00023", "non-targeting", "safe-targeting-1", "AAVS1"})
    EXPECT_TRUE(words.match(word)) << word;
  for (const char* word : {"AAVS12", "KLF1", "xnon-targeting", "", "non"}) EXPECT_FALSE(words.match(word)) << word;
  EXPECT_TRUE(ControlWords("*_NT_*").match("a_NT_1"));
  EXPECT_FALSE(ControlWords("*_NT_*").match("a_NT1"));
  EXPECT_TRUE(ControlWords("a,b").match("a,b")) << "the whole text is a word too";
  EXPECT_TRUE(ControlWords("").match(""));
  EXPECT_FALSE(ControlWords("").match("x"));
  EXPECT_TRUE(ControlWords("*").match("*"));
  EXPECT_FALSE(ControlWords("*").match("KLF1")) << "a star alone is the label '*'";
}

}  // namespace
}  // namespace gracevae::impl
