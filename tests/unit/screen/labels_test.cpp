#include "screen/labels.hpp"

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae {
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
                             {"here", "label '" + std::string(label) + "' has an empty target", "--separator"});
  expect_error<InputError>([] { parse(""); }, {"label ''"});
}

TEST(LabelOf, IsCanonical) {
  EXPECT_EQ(label_of({}), "control");
  EXPECT_EQ(label_of(Targets{"A"}), "A");
  EXPECT_EQ(label_of(Targets{"A", "B", "C"}), "A+B+C");
}

TEST(LooksLikeControl, KnowsTheUsualWords) {
  for (const char* word :
       {"", "ctrl", "NT", "non-targeting", "Non_Targeting", "control", "Negative Control", "A_NegCtrl0", "unperturbed"})
    EXPECT_TRUE(looks_like_control(word)) << word;
  for (const char* word : {"A", "KLF1", "CNN1", "A+ctrl", "NTRK1", "CTRL2X"})
    EXPECT_FALSE(looks_like_control(word)) << word;
}

}  // namespace
}  // namespace gracevae
