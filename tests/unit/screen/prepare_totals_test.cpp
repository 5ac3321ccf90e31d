#include "screen/prepare_totals.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "base/error.hpp"
#include "base/random.hpp"
#include "io/cell_source.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl::prepare {
namespace {

using ::testing::ElementsAre;

using Cells = std::vector<std::int64_t>;

CellSource source_with(const std::string& name, Column column) {
  CellSource source;
  source.path = "in.h5ad";
  source.obs.index = {"c0", "c1", "c2"};
  source.obs.add(name, std::move(column));
  return source;
}

TEST(TotalsOfColumn, AreItsNumbers) {
  const Cells cells{2, 0};
  EXPECT_THAT(totals_of_column(source_with("n", std::vector<double>{1.5, 0, 3}), "n", cells), ElementsAre(3, 1.5));
  EXPECT_THAT(totals_of_column(source_with("n", std::vector<std::int64_t>{7, -1, 9}), "n", cells), ElementsAre(9, 7));
  EXPECT_THAT(totals_of_column(source_with("n", std::vector<std::string>{"7", "x", "9.5"}), "n", cells),
              ElementsAre(9.5, 7));
  EXPECT_THAT(totals_of_column(source_with("n", Categorical{{1, -1, 0}, {"12", "4"}, false}), "n", cells),
              ElementsAre(12, 4));
}

TEST(TotalsOfColumn, NamesTheCellWithoutOne) {
  const Cells cells{0, 1, 2};
  const auto refuses = [&](Column column, const std::vector<std::string>& parts) {
    const CellSource source = source_with("n_counts", std::move(column));
    test::expect_error<InputError>([&] { totals_of_column(source, "n_counts", cells); }, parts);
  };
  const std::string expected = "expected a number above 0 (";
  refuses(std::vector<double>{1, std::numeric_limits<double>::quiet_NaN(), 0},
          {"in.h5ad: obs column 'n_counts' (prepare.size_factors): cell 'c1' is missing",
           expected + "2 such cells of 3)"});
  refuses(std::vector<double>{1, 2, 0}, {"cell 'c2' is '0'", expected + "1 such cells"});
  refuses(std::vector<double>{-2, 2, 1}, {"cell 'c0' is '-2'"});
  refuses(std::vector<double>{std::numeric_limits<double>::infinity(), 2, 1}, {"cell 'c0' is 'inf'"});
  refuses(std::vector<std::string>{"12", "many", ""}, {"cell 'c1' is 'many'"});
  refuses(Categorical{{0, -1, 0}, {"12"}, false}, {"cell 'c1' is missing"});
  refuses(std::vector<bool>{true, false, true}, {"cell 'c0' is 'True'"});
  const CellSource source = source_with("n_counts", std::vector<double>{1, 2, 3});
  test::expect_error<InputError>([&] { totals_of_column(source, "n_count", cells); },
                                 {"obs has no column 'n_count' (prepare.size_factors)", "did you mean n_counts?"});
}

TEST(OtherTotals, AreOfAUsualNameAndNotTheSame) {
  const Cells cells{0, 2};
  const std::vector<double> totals{10, 30};
  const auto found = [&](const std::string& name, const std::vector<double>& numbers) {
    return other_totals(source_with(name, numbers), cells, totals);
  };
  EXPECT_EQ(found("nCount_RNA", {1000, 0, 2500}), "nCount_RNA");
  EXPECT_EQ(found("n_counts", {10, 0, 30}), "") << "the same";
  EXPECT_EQ(found("n_counts", {1000, 9, 0}), "") << "a cell has none";
  EXPECT_EQ(found("age", {1000, 9, 2500}), "");
}

TEST(MovedTotals, AreThoseOfAFifthThatCellsShow) {
  // Totals about 1000 of control, A; 700 of B; 2000 of C; 880 of D; E 500, of three cells.
  Random random(2, "totals");
  std::vector<double> totals;
  std::vector<std::int32_t> groups;
  const std::vector<std::string> regimes{"control", "A", "B", "C", "D", "E"};
  const std::vector<double> medians{1000, 1000, 700, 2000, 880, 500};
  for (std::int32_t group = 0; group < 6; ++group)
    for (int i = 0; i < (group == 0 ? 400 : group == 5 ? 3 : 60); ++i) {
      groups.push_back(group);
      totals.push_back(medians[static_cast<std::size_t>(group)] * std::exp(0.3 * random.normal()));
    }
  const std::vector<MovedTotal> moved = moved_totals(totals, groups, regimes, 10);
  ASSERT_EQ(moved.size(), 2U);
  EXPECT_EQ(moved[0].label, "C");
  EXPECT_NEAR(moved[0].ratio, 2, 0.2);
  EXPECT_EQ(moved[1].label, "B");
  EXPECT_NEAR(moved[1].ratio, 0.7, 0.1);
}

TEST(MovedTotals, ChanceIsNotMoved) {
  // Totals that vary twofold: medians of 12 cells often differ by a fifth, but no more than by chance.
  Random random(4, "totals");
  std::vector<double> totals;
  std::vector<std::int32_t> groups;
  std::vector<std::string> regimes{"control"};
  for (int i = 0; i < 300; ++i) groups.push_back(0), totals.push_back(std::exp(0.7 * random.normal()));
  int n_off = 0;
  for (std::int32_t group = 1; group <= 40; ++group) {
    regimes.push_back("T" + std::to_string(group));
    std::vector<double> own;
    for (int i = 0; i < 12; ++i) own.push_back(std::exp(0.7 * random.normal()));
    groups.insert(groups.end(), 12, group);
    totals.insert(totals.end(), own.begin(), own.end());
    std::nth_element(own.begin(), own.begin() + 6, own.end());
    n_off += std::abs(own[6] - 1) >= 0.2 ? 1 : 0;
  }
  EXPECT_GT(n_off, 5);
  EXPECT_TRUE(moved_totals(totals, groups, regimes, 10).empty());
  EXPECT_TRUE(moved_totals({}, {}, {"control", "A"}, 10).empty());
}

TEST(DominantGene, HoldsMoreThanAFifthOfAllCounts) {
  GeneTotals totals(20);
  const std::vector<std::int32_t> genes{0, 1, 2};
  totals.add(genes, std::vector<float>{25, 25, 50}, 100);
  totals.add(genes, std::vector<float>{31, 9, 60}, 100);
  auto found = dominant_gene(totals);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->gene, 2U);
  EXPECT_DOUBLE_EQ(found->share, 0.55);
  ASSERT_TRUE(found->leaves_out);
  EXPECT_DOUBLE_EQ(*found->leaves_out, 0.3);  // gene 0 holds more than a fifth too, gene 1 0.17, and 0.25 at most
  GeneTotals sparse(20);
  for (std::int32_t gene = 0; gene < 20; ++gene) {
    const std::vector<std::int32_t> two{0, gene};
    if (gene > 0) sparse.add(two, std::vector<float>{1, 1}, 2);
  }
  found = dominant_gene(sparse);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->leaves_out) << "every gene is half of a cell";
  GeneTotals even(20);
  for (std::int32_t gene = 0; gene < 20; ++gene) even.add(std::vector{gene}, std::vector<float>{5}, 5);
  EXPECT_FALSE(dominant_gene(even));
  GeneTotals few(19);
  few.add(genes, std::vector<float>{1, 1, 90}, 92);
  EXPECT_FALSE(dominant_gene(few));
  EXPECT_FALSE(dominant_gene(GeneTotals(0)));
}

}  // namespace
}  // namespace gracevae::impl::prepare
