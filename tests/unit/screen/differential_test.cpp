#include "screen/differential.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "io/cell_source.hpp"
#include "support/python_reference.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::screen_of;
using Cells = std::vector<std::int64_t>;

TEST(WelchT, MatchesScipy) {
  // scipy.stats.ttest_ind(a, b, equal_var=False) on the columns of these groups; the first gene is zero everywhere
  // (scipy: nan).
  const Screen screen = screen_of(
      {"A", "A", "A", "A", "control", "control", "control"},
      {{0, 1.5F, 0, 2}, {0, 2.5F, 0, 2}, {0, 0, 3, 2}, {0, 4, 0, 2}, {0, 0.5F, 0, 1}, {0, 0, 1, 1}, {0, 1, 0, 1.25F}});
  const Cells cells = {0, 1, 2, 3}, reference = {4, 5, 6};
  const std::vector<double> t = welch_t(screen, cells, reference);
  ASSERT_EQ(t.size(), 4U);
  EXPECT_EQ(t[0], 0);
  EXPECT_NEAR(t[1], 1.6858544608470492, 1e-14);
  EXPECT_NEAR(t[2], 0.5076730825668095, 1e-14);
  EXPECT_NEAR(t[3], 11.0, 1e-12);
  const std::vector<double> turned = welch_t(screen, reference, cells);
  for (std::size_t j = 0; j < 4; ++j) EXPECT_EQ(turned[j], -t[j]);
}

TEST(WelchT, ConstantGroupsAndSingleCells) {
  const Screen screen = screen_of({"A", "A", "control", "control"}, {{1, 2}, {1, 3}, {0, 1}, {0, 1}});
  const Cells pair = {0, 1}, one = {0}, reference = {2, 3};
  const std::vector<double> t = welch_t(screen, pair, reference);
  EXPECT_EQ(t[0], 0);           // both groups constant
  EXPECT_DOUBLE_EQ(t[1], 3.0);  // (2.5 − 1) / √(0.5/2)
  EXPECT_EQ(welch_t(screen, one, reference)[1], 0);
  EXPECT_DOUBLE_EQ(welch_t(screen, reference, Cells{1, 0})[1], -3.0);
}

/// The textbook formula on dense columns.
double dense_t(const Matrix<float>& a, const Matrix<float>& b, std::int64_t gene) {
  const auto moments = [gene](const Matrix<float>& m) {
    long double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < m.n_rows; ++i) sum += m(i, gene);
    const long double mean = sum / static_cast<long double>(m.n_rows);
    for (std::int64_t i = 0; i < m.n_rows; ++i) squares += (m(i, gene) - mean) * (m(i, gene) - mean);
    return std::pair(mean, squares / static_cast<long double>(m.n_rows - 1) / static_cast<long double>(m.n_rows));
  };
  const auto [mean_a, error_a] = moments(a);
  const auto [mean_b, error_b] = moments(b);
  return static_cast<double>((mean_a - mean_b) / std::sqrt(error_a + error_b));
}

TEST(WelchT, MatchesDenseFormulaOnDrawnValues) {
  const Screen screen = screen_of(test::repeated({{"control", 37}, {"A", 23}}), {}, 50);
  const auto& cells = screen.regimes[1].cells;
  const auto& controls = screen.regimes[0].cells;
  const std::vector<double> t = welch_t(screen, cells, controls);
  const Matrix<float> a = dense_rows(screen, cells), b = dense_rows(screen, controls);
  for (std::int64_t gene = 0; gene < 50; ++gene)
    EXPECT_NEAR(t[static_cast<std::size_t>(gene)], dense_t(a, b, gene), 1e-12);
}

TEST(TopGenes, LargestFirstTiesByColumn) {
  const std::vector<double> scores = {1, -3, 0, 3, 2, -1};
  EXPECT_EQ(top_genes(scores, 4), std::vector<std::int32_t>({1, 3, 4, 0}));
  EXPECT_EQ(top_genes(scores, 100), std::vector<std::int32_t>({1, 3, 4, 0, 5, 2}));
  EXPECT_TRUE(top_genes(scores, 0).empty());
  EXPECT_TRUE(top_genes({}, 3).empty());
}

TEST(TopGenes, AreTheReferenceListsOfTheNormanSubset) {
  const auto data = test::data_folder();
  const auto splits = data ? *data / ".." / "golden" / "norman19_subset_splits.json" : std::filesystem::path();
  if (!data || !std::filesystem::exists(splits)) GTEST_SKIP() << "no real data: set GRACEVAE_DATA";
  ScreenOptions options;
  options.file = (*data / "norman19_subset" / "norman19_k562_subset.h5ad").string();
  const Screen screen = load_screen(options);
  std::ifstream stream(splits);
  const auto lists = nlohmann::json::parse(stream)["de20"];
  ASSERT_EQ(lists.size(), 23U);
  for (const auto& [label, genes] : lists.items()) {
    const auto regime = screen.find_regime(parse_label(label, screen.dialect, "reference"));
    ASSERT_GE(regime, 0) << label;
    const auto t = welch_t(screen, screen.regimes[static_cast<std::size_t>(regime)].cells, screen.regimes[0].cells);
    EXPECT_EQ(top_genes(t, 20), genes.get<std::vector<std::int32_t>>()) << label;
  }
}

/// The rows and groups that the Python route tested.
struct Reference {
  CsrMatrix<float> x;
  std::vector<std::int32_t> groups;
  Table tests = read_tsv(test::reference_tables() / "tests.tsv");

  Reference() {
    std::vector<std::vector<float>> rows;
    for (const auto& row : read_tsv(test::reference_tables() / "x.tsv").rows) {
      rows.emplace_back();
      for (const auto& cell : row) rows.back().push_back(std::strtof(cell.c_str(), nullptr));
    }
    x = test::sparse_of(rows);
    for (const double group : test::numbers_of(read_tsv(test::reference_tables() / "groups.tsv"), "group"))
      groups.push_back(static_cast<std::int32_t>(group));
  }

  /// The rows in blocks, to see that nothing depends on them.
  RowPass in_blocks(std::int64_t rows_a_block) const {
    return [this, rows_a_block](const RowVisitor& visit) {
      const auto reader = rows_in_memory(x);
      for (std::int64_t first = 0; first < x.n_rows; first += rows_a_block)
        visit(first, reader->rows(first, std::min(rows_a_block, x.n_rows - first)));
    };
  }

  DifferentialTests tested(const DifferentialOptions& options) const {
    GroupMoments moments(5, x.n_cols);
    moments.add_rows(x, groups);
    return {std::move(moments), options, in_blocks(17), groups};
  }

  std::vector<double> expected(const std::string& column, std::int32_t group) const {
    const auto all = test::numbers_of(tests, column), of = test::numbers_of(tests, "group");
    std::vector<double> values;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (of[i] == group) values.push_back(all[i]);
    return values;
  }
};

/// Every group of two cells or more is tested.
void expect_reference(DifferentialOptions options, const std::string& name) {
  const Reference reference;
  options.min_cells = 2;
  const DifferentialTests tests = reference.tested(options);
  EXPECT_FALSE(tests.can_test(0));
  for (std::int32_t group = 1; group < 5; ++group) {
    SCOPED_TRACE(fmt::format("{} group {}", name, group));
    ASSERT_TRUE(tests.can_test(group));
    const ConditionTest test = tests.test(group);
    test::expect_close(test.scores, reference.expected(name + "_score", group), "score");
    test::expect_close(test.p_values, reference.expected(name + "_p", group), "p");
    test::expect_close(test.adjusted, reference.expected(name + "_adjusted", group), "adjusted");
    test::expect_close(test.log2_fold_changes, reference.expected(options.log_base == 2 ? "fold_base2" : "fold", group),
                       "fold");
  }
}

TEST(DifferentialTests, MatchThePythonRoute) {
  if (test::reference_tables().empty()) GTEST_SKIP() << test::no_reference();
  expect_reference({.method = "welch", .variance_floor = "none"}, "welch");
  expect_reference({.method = "welch", .one_count = 0}, "welch");  // no counts, no floor
  expect_reference({.method = "welch", .variance_floor = "none", .log_base = 2}, "welch");
  expect_reference({.method = "welch-overestimated", .variance_floor = "none"}, "overestimated");
  DifferentialOptions options;
  expect_reference(options, "wilcoxon_ties");
  options.wilcoxon.block_bytes = 5000;  // many blocks of genes
  expect_reference(options, "wilcoxon_ties");
  options.wilcoxon.tie_correct = false;
  expect_reference(options, "wilcoxon");
}

TEST(DifferentialTests, VariancesAreAtLeastThoseOfCounts) {
  if (test::reference_tables().empty()) GTEST_SKIP() << test::no_reference();
  // The floor is within 1 % of the exact sums: t within half of that, p by its slope there.
  for (const auto& [method, name] :
       {std::pair("welch", "floor"), std::pair("welch-overestimated", "overestimated_floor")}) {
    const Reference reference;
    const DifferentialTests tests = reference.tested({.method = method, .one_count = 0.7, .min_cells = 2});
    for (std::int32_t group = 1; group < 5; ++group)
      test::expect_close(tests.test(group).scores, reference.expected(std::string(name) + "_score", group), name, 5e-3);
  }
}

TEST(DifferentialTests, FloorFollowsTheBaseOfTheLogarithm) {
  const Reference reference;
  const DifferentialOptions natural{.method = "welch", .one_count = 0.7, .min_cells = 2};
  CsrMatrix<float> halved = reference.x;
  for (float& value : halved.values) value /= 2;  // base e²
  GroupMoments moments(5, halved.n_cols);
  moments.add_rows(halved, reference.groups);
  DifferentialOptions squared = natural;
  squared.one_count = 0.35;
  squared.log_base = std::exp(2.0);
  const DifferentialTests tests(std::move(moments), squared, pass_over(halved), reference.groups);
  for (const std::int64_t group : {1, 3})
    test::expect_close(tests.test(group).scores, reference.tested(natural).test(group).scores, "base", 1e-9);
}

/// A condition of `n` cells and a control whose last gene, of these log1p values, has no count in the condition.
Screen screen_without_counts(int n, int n_control, int n_with_a_count, float one_count) {
  const auto n_all = static_cast<std::size_t>(n + n_control);
  std::vector<std::vector<float>> rows(n_all, {one_count, 0});
  for (int i = 0; i < n_with_a_count; ++i) rows[static_cast<std::size_t>(n + i)][1] = one_count;
  return screen_of(test::repeated({{"SPI1", n}, {"control", n_control}}), rows);
}

TEST(DifferentialTests, AGeneWithoutCountsInFewCellsIsNotCertain) {
  // As SPI1 of Papalexi et al. 2021: 48 cells without a count of a gene whose mean in control is 0.078.
  const Screen screen = screen_without_counts(48, 2000, 164, 0.95F);
  EXPECT_NEAR(mean_of_cells(screen, screen.regimes[0].cells)[1], 0.078, 1e-3);
  const auto p = [&](const DifferentialOptions& options) { return test_regimes(screen, options).test(1).p_values[1]; };
  EXPECT_LT(p({.method = "welch", .variance_floor = "none"}), 1e-30);
  EXPECT_NEAR(p({}), 0.038, 2e-3);
  EXPECT_NEAR(p({.method = "welch"}), 0.05, 0.02);  // the floor's one_count is found in the screen
  EXPECT_GT(p({.method = "welch-overestimated"}), p({.method = "welch"}));
}

/// The share of genes with p < 0.05 of `n` cells that differ in nothing from 1,000 others; expected counts of genes are
/// spread evenly on a log scale.
double share_found_without_an_effect(const DifferentialOptions& options, int n, double fewest, double most) {
  constexpr int n_genes = 800;
  Random random(3, "no effect", static_cast<std::uint64_t>(n));
  std::vector<double> expected(n_genes);
  for (double& mean : expected) mean = fewest * std::pow(most / fewest, random.uniform());
  std::vector<std::vector<float>> rows(static_cast<std::size_t>(1000 + n), std::vector<float>(n_genes));
  for (auto& row : rows)
    for (std::size_t gene = 0; gene < row.size(); ++gene)
      row[gene] = std::log1p(static_cast<float>(random.poisson(expected[gene])));
  const Screen screen = screen_of(test::repeated({{"A", n}, {"control", 1000}}), rows);
  const std::vector<double> p = test_regimes(screen, options).test(1).p_values;
  return static_cast<double>(std::ranges::count_if(p, [](double value) { return value < 0.05; })) / n_genes;
}

TEST(DifferentialTests, FewCellsWithoutAnEffectFindFewGenes) {
  const DifferentialOptions wilcoxon, floor{.method = "welch"}, scanpy{.method = "welch", .variance_floor = "none"};
  for (const int n : {15, 48}) {
    SCOPED_TRACE(n);
    EXPECT_GT(share_found_without_an_effect(scanpy, n, 0.02, 0.1), 0.12);  // 0.5 and 0.17 of them
    for (const auto& [fewest, most] : {std::pair(0.02, 0.1), std::pair(0.1, 0.5), std::pair(0.5, 3.0)}) {
      EXPECT_LT(share_found_without_an_effect(floor, n, fewest, most), 0.06) << fewest;
      EXPECT_LT(share_found_without_an_effect(wilcoxon, n, fewest, most), 0.08) << fewest;
    }
    EXPECT_GT(share_found_without_an_effect(floor, n, 0.5, 3), 0.01);  // not for want of power
    EXPECT_NEAR(share_found_without_an_effect(wilcoxon, n, 0.5, 3), 0.05, 0.03);
  }
}

TEST(DifferentialTests, FewCellsAreNotTested) {
  const Screen screen = screen_of(test::repeated({{"A", 9}, {"B", 10}, {"control", 2}}));
  const DifferentialTests tests = test_regimes(screen);
  EXPECT_FALSE(tests.can_test(1));
  EXPECT_TRUE(tests.can_test(2));
  EXPECT_TRUE(test_regimes(screen, {.min_cells = 9}).can_test(1));
}

TEST(DifferentialTests, GroupsMayBeAnyCells) {
  const Screen screen = screen_of(test::repeated({{"control", 40}, {"A", 30}}), {}, 6);
  std::vector<std::int32_t> groups(70, -1);
  std::vector<std::string> labels;
  std::vector<std::vector<float>> rows;
  for (std::size_t i = 0; i < 70; ++i) {
    if (i % 3 == 0) continue;
    groups[i] = i < 40 ? 0 : i % 3 == 1 ? 1 : 2;
    labels.push_back(i < 40 ? "control" : i % 3 == 1 ? "A" : "B");
    rows.emplace_back(6);
    screen.rows().copy_row(static_cast<std::int64_t>(i), std::span(rows.back()));
  }
  for (const std::string& method : kDifferentialMethods) {
    const DifferentialTests tests = test_groups(screen, groups, 3, {.method = method, .one_count = 0.5});
    const DifferentialTests expected = test_regimes(screen_of(labels, rows), {.method = method, .one_count = 0.5});
    for (const std::int64_t group : {1, 2}) {
      EXPECT_EQ(tests.test(group).p_values, expected.test(group).p_values) << method;
    }
  }
}

TEST(DifferentialTests, WilcoxonByHand) {
  // A: 0 3 5, control: 0 0 3 4. Ranks 2, 4.5, 7 of n = 7: sum 13.5, expected 3·8/2 = 12.
  // Ties of 3 and 2: T = 1 − (24 + 6)/336; variance 3·4·8/12 = 8.
  const Screen screen = screen_of({"A", "A", "A", "control", "control", "control", "control"},
                                  {{0, 1}, {3, 1}, {5, 1}, {0, 1}, {0, 1}, {3, 1}, {4, 1}});
  DifferentialOptions options{.min_cells = 3};
  ConditionTest test = test_regimes(screen, options).test(1);
  const double z = 1.5 / std::sqrt(8 * (1 - 30.0 / 336));
  EXPECT_DOUBLE_EQ(test.scores[0], z);
  EXPECT_DOUBLE_EQ(test.p_values[0], std::erfc(z / std::sqrt(2.0)));
  EXPECT_EQ(test.scores[1], 0);  // all equal
  EXPECT_EQ(test.p_values[1], 1);
  options.wilcoxon.tie_correct = false;
  EXPECT_DOUBLE_EQ(test_regimes(screen, options).test(1).scores[0], 1.5 / std::sqrt(8.0));
}

TEST(DifferentialTests, WelchOfConstantGenesAndFoldChanges) {
  const Screen screen = screen_of({"A", "A", "B", "control", "control"},
                                  {{0.1F, 2, 0}, {0.1F, 2, 0}, {1, 1, 1}, {0.1F, 1, 0}, {0.1F, 1, 0}});
  const DifferentialTests tests = test_regimes(screen, {.method = "welch", .variance_floor = "none", .min_cells = 2});
  const ConditionTest test = tests.test(1);
  EXPECT_EQ(test.scores, (std::vector<double>{0, std::numeric_limits<double>::infinity(), 0}));
  EXPECT_EQ(test.p_values, (std::vector<double>{1, 0, 1}));
  EXPECT_EQ(test.adjusted, (std::vector<double>{1, 0, 1}));
  EXPECT_NEAR(test.log2_fold_changes[1], std::log2((std::expm1(2.0) + 1e-9) / (std::expm1(1.0) + 1e-9)), 1e-12);
  EXPECT_EQ(test.log2_fold_changes[2], 0);
  EXPECT_FALSE(tests.can_test(2));  // one cell
}

TEST(GenesByScore, LargestFirstTiesByColumn) {
  EXPECT_EQ(genes_by_score(std::vector<double>{1, -3, 0, 3, 1}), (std::vector<std::int32_t>{3, 0, 4, 2, 1}));
}

}  // namespace
}  // namespace gracevae::impl
