#include "screen/labels.hpp"

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using Targets = std::vector<std::string>;

Targets parse(const std::string& label, const LabelDialect& dialect = {}) {
  return parse_label(label, dialect, "here");
}

TEST(ParseLabel, SplitsSortsAndDropsRepeats) {
  EXPECT_EQ(parse("A"), Targets({"A"}));
  EXPECT_EQ(parse("A+B"), Targets({"A", "B"}));
  EXPECT_EQ(parse("B+A"), Targets({"A", "B"}));
  EXPECT_EQ(parse("A+A"), Targets({"A"}));
  EXPECT_EQ(parse(" C +\tB+A "), Targets({"A", "B", "C"}));
  EXPECT_EQ(parse("control"), Targets());
  EXPECT_EQ(parse(" control "), Targets());
}

TEST(ParseLabel, FollowsTheDialect) {
  const LabelDialect underscore{"x", "NT", "_"};
  EXPECT_EQ(parse("NT", underscore), Targets());
  EXPECT_EQ(parse("B_A", underscore), Targets({"A", "B"}));
  EXPECT_EQ(parse("A+B", underscore), Targets({"A+B"}));
  const LabelDialect long_separator{"x", "control", " and "};
  EXPECT_EQ(parse("B and A", long_separator), Targets({"A", "B"}));
  const LabelDialect cpa{"guide_ids", "", ","};
  EXPECT_EQ(parse("", cpa), Targets());
  EXPECT_EQ(parse("A,B", cpa), Targets({"A", "B"}));
  const LabelDialect whole{"x", "control", ""};
  EXPECT_EQ(parse("HLA-A+B", whole), Targets({"HLA-A+B"}));
}

TEST(ParseLabel, ControlBetweenTargetsIsNoTarget) {
  const LabelDialect gears{"condition", "ctrl", "+"};
  EXPECT_EQ(parse("A+ctrl", gears), Targets({"A"}));
  EXPECT_EQ(parse("ctrl+A", gears), Targets({"A"}));
  EXPECT_EQ(parse("ctrl+ctrl", gears), Targets());
}

TEST(ParseLabel, RefusesEmptyTargets) {
  for (const char* label : {"A+", "+", "+A", "A++B", "A+ "})
    expect_error<InputError>([&] { parse(label); },
                             {"here", "label '" + std::string(label) + "' has an empty target", "screen.separator"});
  expect_error<InputError>([] { parse(""); }, {"label ''"});
}

TEST(LabelOf, IsCanonical) {
  EXPECT_EQ(label_of({}), "control");
  EXPECT_EQ(label_of(Targets{"A"}), "A");
  EXPECT_EQ(label_of(Targets{"A", "B", "C"}), "A+B+C");
}

TEST(SplitLabel, CutsNothingInsideBracketsAndQuotes) {
  const auto pieces = [](std::string_view label) {
    std::vector<std::string> result;
    for (const auto piece : split_label(label, "+")) result.emplace_back(piece);
    return result;
  };
  EXPECT_EQ(pieces("(+)-JQ1"), Targets({"(+)-JQ1"}));
  EXPECT_EQ(pieces("(+)-JQ1+KLF1"), Targets({"(+)-JQ1", "KLF1"}));
  EXPECT_EQ(pieces("2i (LIF+MEKi+GSK3i)"), Targets({"2i (LIF+MEKi+GSK3i)"}));
  EXPECT_EQ(pieces("\"a+b\"+c"), Targets({"\"a+b\"", "c"}));
  EXPECT_EQ(pieces("((a+b)+c)+d"), Targets({"((a+b)+c)", "d"}));
  EXPECT_EQ(pieces("a(+b"), Targets({"a(", "b"})) << "a bracket without its pair is a letter";
  EXPECT_EQ(pieces("TP53 R175H>G+B"), Targets({"TP53 R175H>G", "B"}));
}

TEST(LabelParser, ControlGuidesInCombinationsDropOut) {
  const KnownGenes genes(Targets{"CMTM6", "STAT1"}, {});
  const LabelNames names{GuideNames::of("auto"), {}};
  const LabelParser parser({"guide", "NTg*", "|"}, &genes, names);
  EXPECT_EQ(parser.targets("NTg4|CMTM6g2", ""), Targets({"CMTM6"}));
  EXPECT_EQ(parser.targets("CMTM6g2|NTg4|STAT1g1", ""), Targets({"CMTM6", "STAT1"}));
  EXPECT_EQ(parser.targets("NTg4|NTg5", ""), Targets());
  EXPECT_EQ(parser.targets("STAT1g1|STAT1g2", ""), Targets({"STAT1"}));
  EXPECT_FALSE(parser.is_control("NTg4|FOOg2")) << "a star takes in no separator, whatever stands behind it";
  const LabelReading reading = parser.read("NTg4|CMTM6g2", "");
  EXPECT_EQ(reading.n_control, 1U);
  EXPECT_EQ(reading.guides, Targets({"CMTM6g2"}));
  const LabelParser underscores({"guide", "NTg*,non_targeting*", "_"}, &genes, names);
  EXPECT_EQ(underscores.targets("NTg4_CMTM6g2", ""), Targets({"CMTM6"}));
  EXPECT_EQ(underscores.targets("non_targeting_1", ""), Targets());
  EXPECT_EQ(underscores.targets("non_targeting_1_STAT1", ""), Targets({"STAT1"}));
  EXPECT_EQ(underscores.targets("CMTM6_1_STAT1_2", ""), Targets({"CMTM6", "STAT1"}));
}

// A table of aliases has AAVS1 and NT, a network Entrez ids: none of them makes a target of control's words or numbers.
TEST(KnownGenes, NoNumbersLettersOrWordsForControlFromNetworks) {
  KnownGenes genes({"KLF1"}, {});
  genes.add_unmeasured({"1", "7157", "T", "NT", "AAVS1", "GFP", "*", "TP53", "HLA-A"});
  for (const char* name : {"1", "7157", "T", "NT", "AAVS1", "GFP", "*"}) EXPECT_FALSE(genes.is_target(name)) << name;
  for (const char* name : {"TP53", "HLA-A", "KLF1"}) EXPECT_TRUE(genes.is_target(name)) << name;
  EXPECT_FALSE(genes.contains("TP53"));
}

}  // namespace
}  // namespace gracevae::impl
