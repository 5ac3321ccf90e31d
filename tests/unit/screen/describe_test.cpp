#include "screen/describe.hpp"

#include <gmock/gmock.h>

#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::repeated;
using test::screen_of;
using testing::HasSubstr;
using testing::Not;

std::string described(const Screen& screen) { return describe_screen(screen, summarise_screen(screen)); }

TEST(DescribeScreen, SaysWhatWasUnderstood) {
  const std::string text = described(screen_of({"control", "g1", "B", "g1+B", "B+C", "A+B+C", "control"},
                                               {{0, 1.5F}, {2, 0}, {0, 0}, {1, 0}, {0, -1}, {0, 0}, {0, 0}}));
  EXPECT_THAT(text, HasSubstr("screen     test.h5ad (memory)\nmatrix     X (csr_matrix)\n"));
  EXPECT_THAT(text, HasSubstr("cells      7\n"));
  EXPECT_THAT(text, HasSubstr("genes      2, named by var index: symbols ('g0', …)\n"));
  EXPECT_THAT(text, HasSubstr("values     values below zero: scaled or corrected; -1 to 2, 28.6 % not zero\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "labels     obs column 'condition' (PerturBench): 'control' is control, '+' between targets; detected\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "regimes    control (2 cells), 2 singles (2 cells), 2 doubles (2 cells), 1 regime of more targets (1 cells)\n"));
  EXPECT_THAT(text,
              HasSubstr(
                  "targets    4, 1 of them measured as genes; 1 of 3 combinations have a single for every target\n"));
  EXPECT_THAT(text, HasSubstr("warnings\n  X holds 1 negative values"));
}

TEST(DescribeScreen, NamesTheGenesNearestToATargetThatIsNotMeasured) {
  const Screen screen = screen_of({"control", "g1", "Gx3"});
  EXPECT_THAT(described(screen), HasSubstr("not measured: Gx3 (nearest gene: g3)\n"));
  EXPECT_EQ(screen_json(screen, summarise_screen(screen))["targets_not_measured"][0], "Gx3");
  EXPECT_THAT(unmeasured_text(screen), HasSubstr("1 of 2 targets are not measured as genes: Gx3 (nearest gene: g3)"));
  EXPECT_EQ(unmeasured_text(screen_of({"control", "g1"})), "");
  EXPECT_THAT(described(screen_of({"control", "g7"})), HasSubstr("not measured: g7\n"))
      << "a symbol that differs in a digit is another gene";
}

/// Genes g0 … g3 and a table in which g1 is an old name of NEW1, OLD2 of g2, SAME of two genes, and MISSING is known.
Screen screen_with_aliases(const std::vector<std::string>& labels) {
  const TemporaryFolder folder;
  ScreenOptions options = test::named_options();
  options.aliases =
      folder
          .write("aliases.tsv",
                 "symbol\talias_symbol\tprev_symbol\nNEW1\tSAME\tg1\ng2\tSAME\tOLD2\nMISSING\t\tMISLAID\n")
          .string();
  return screen_from_anndata(test::data_of(labels), options);
}

TEST(DescribeScreen, SaysWhatAliasesAre) {
  const Screen screen = screen_with_aliases({"control", "OLD2", "NEW1", "SAME", "MISSING", "MISLAYD"});
  EXPECT_EQ(targets_of(screen), std::vector<std::string>({"MISLAYD", "MISSING", "SAME", "g1", "g2"}));
  const std::string text = described(screen);
  EXPECT_THAT(text, HasSubstr("aliases    NEW1 is measured under its old name g1\n"));
  EXPECT_THAT(text, HasSubstr("           OLD2 is an old name of g2\n"));
  EXPECT_THAT(text, HasSubstr("SAME is left as it is: it is also an old name of NEW1 and of g2\n"));
  EXPECT_THAT(text, HasSubstr("not measured: MISSING\n")) << "a symbol that the table knows is not misspelt";
  EXPECT_THAT(text, HasSubstr("not measured: MISLAYD (nearest known name: MISLAID, an old name of MISSING)\n"));
  EXPECT_THAT(text, HasSubstr("not measured: SAME (an old name of NEW1 and of g2)\n"));
  EXPECT_THAT(screen.labels_how, HasSubstr("; 2 targets read by other names in "));
  EXPECT_THAT(screen.labels_how,
              HasSubstr("NEW1 → g1, OLD2 → g2; 1 not applied, because the name could be another gene: "
                        "SAME (NEW1 or g2)"));
  const auto json = screen_json(screen, summarise_screen(screen));
  EXPECT_EQ(json["targets_renamed"].dump(), R"({"NEW1":"g1","OLD2":"g2"})");
  EXPECT_EQ(json["targets_ambiguous"].dump(), R"({"SAME":["NEW1","g2"]})");
}

TEST(DescribeScreen, ATargetThatIsNotMeasuredGoesByItsSymbolOfToday) {
  const Screen screen = screen_with_aliases({"control", "MISLAID", "MISSING", "OLD2+MISLAID"});
  EXPECT_EQ(targets_of(screen), std::vector<std::string>({"MISSING", "g2"}));
  EXPECT_EQ(screen.regimes.size(), 3U) << "two names of one gene are one regime";
  EXPECT_EQ(screen.regimes[2].label, "MISSING+g2");
}

TEST(SummariseValues, TellsCountsFromLogarithmsFromOthers) {
  const auto summary = [](const std::vector<std::vector<float>>& rows) {
    const CsrMatrix<float> x = test::sparse_of(rows);
    return summarise_values(stored_values(x), x.n_rows, x.n_cols);
  };
  const auto scale = [&](const std::vector<std::vector<float>>& rows) { return summary(rows).scale; };
  EXPECT_EQ(scale({{0, 3}, {1, 0}}), ValueScale::counts);
  EXPECT_EQ(scale({{0, 1}, {1, 0}}), ValueScale::binary);
  EXPECT_EQ(scale({{0, 0.5F}, {6, 0}}), ValueScale::log1p);
  EXPECT_EQ(scale({{0, 0.5F}, {600, 0}}), ValueScale::linear);
  EXPECT_EQ(scale({{0, -0.5F}, {6, 0}}), ValueScale::negative);
  EXPECT_EQ(summary({{2, 3}}).smallest, 2) << "no zero is left out here";
}

TEST(DescribeScreen, ShowsManyRegimesInPart) {
  std::vector<std::pair<std::string, int>> counts = {{"control", 5}};
  for (int i = 10; i < 50; ++i) counts.emplace_back("T" + std::to_string(i), i == 45 ? 1 : i);
  const std::string many = described(screen_of(repeated(counts)));
  EXPECT_THAT(many, HasSubstr("cells of the first 20 of 41 regimes\n  control      5    T10         10"));
  EXPECT_THAT(many, HasSubstr("cells of the 12 smallest\n  T45          1    control      5"));
  EXPECT_THAT(many, Not(HasSubstr("T40")));
  counts.pop_back();
  const std::string all = described(screen_of(repeated(counts)));
  EXPECT_THAT(all, HasSubstr("cells of each regime\n"));
  EXPECT_THAT(all, HasSubstr("T40"));
  EXPECT_THAT(all, Not(HasSubstr("warnings")));
}

}  // namespace
}  // namespace gracevae::impl
