#include "screen/differential.hpp"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "unit/screen/fixture.hpp"

namespace gracevae {
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

}  // namespace
}  // namespace gracevae
