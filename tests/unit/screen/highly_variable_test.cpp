#include "screen/highly_variable.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "stats/group_moments.hpp"
#include "support/python_reference.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

/// Means and variances of every gene over all cells.
struct Moments {
  std::vector<double> means, variances;
};

Moments moments_of(const CsrMatrix<float>& x) {
  GroupMoments moments(1, x.n_cols);
  moments.add_rows(x, std::vector<std::int32_t>(static_cast<std::size_t>(x.n_rows), 0));
  Moments result;
  for (std::int64_t gene = 0; gene < x.n_cols; ++gene) {
    result.means.push_back(moments.mean(0, gene));
    result.variances.push_back(moments.variance(0, gene));
  }
  return result;
}

std::vector<double> as_numbers(const std::vector<bool>& flags) { return {flags.begin(), flags.end()}; }

CsrMatrix<float> counts() {
  const Table table = read_tsv(test::reference_tables() / "counts.tsv");
  std::vector<std::vector<float>> rows;
  for (const auto& row : table.rows) {
    rows.emplace_back();
    for (const auto& cell : row) rows.back().push_back(std::strtof(cell.c_str(), nullptr));
  }
  return test::sparse_of(rows);
}

TEST(HighlyVariableSeurat, MatchesThePythonRoute) {
  if (test::reference_tables().empty()) GTEST_SKIP() << test::no_reference();
  const Moments moments = moments_of(counts());
  const HighlyVariable found = highly_variable_seurat(moments.means, moments.variances, 50);
  const Table table = read_tsv(test::reference_tables() / "seurat.tsv");
  test::expect_close(found.means, test::numbers_of(table, "means"), "means");
  test::expect_close(found.dispersions, test::numbers_of(table, "dispersions"), "dispersions");
  test::expect_close(found.dispersions_norm, test::numbers_of(table, "dispersions_norm"), "dispersions_norm");
  test::expect_close(as_numbers(found.chosen), test::numbers_of(table, "highly_variable"), "chosen");
  EXPECT_EQ(found.n_chosen(), 50);
  EXPECT_TRUE(std::isnan(found.dispersions_norm[3]));
}

TEST(HighlyVariableSeurat, TiesAtTheCutOffAreKeptConstantGenesNever) {
  // Bins of means: four equal genes low, one alone high; the alone one gets 1.
  const std::vector<double> means{1, 1, 1, 1, 1, 50}, variances{1, 2, 2, 4, 0, 100};
  const HighlyVariable two = highly_variable_seurat(means, variances, 2);
  EXPECT_EQ(two.dispersions_norm[5], 1);
  EXPECT_EQ(two.chosen, (std::vector<bool>{false, false, false, true, false, true}));
  const HighlyVariable three = highly_variable_seurat(means, variances, 3);
  EXPECT_EQ(three.chosen, (std::vector<bool>{false, true, true, true, false, true}));  // four: a tie
  EXPECT_DOUBLE_EQ(three.cut_off, three.dispersions_norm[1]);
  EXPECT_EQ(highly_variable_seurat(means, variances, 100).n_chosen(), 5);
  // ln 1, ln 2, ln 2, ln 4: mean ln 2, standard deviation ln 2·√(2/3).
  EXPECT_NEAR(three.dispersions_norm[3], std::sqrt(1.5), 1e-12);
}

TEST(HighlyVariableSeuratV3, MatchesThePythonRoute) {
  if (test::reference_tables().empty()) GTEST_SKIP() << test::no_reference();
  const CsrMatrix<float> x = counts();
  const Moments moments = moments_of(x);
  const auto deviations = expected_deviations(moments.means, moments.variances);
  const auto clips = clip_values(moments.means, deviations, x.n_rows);
  std::vector<double> squares(moments.means.size(), 0.0);
  std::vector<float> row(moments.means.size());
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    x.copy_row(i, std::span<float>(row));
    for (std::size_t gene = 0; gene < row.size(); ++gene)
      squares[gene] += std::pow(std::min(static_cast<double>(row[gene]), clips[gene]) - moments.means[gene], 2);
  }
  const HighlyVariable found =
      highly_variable_seurat_v3({moments.means, moments.variances, deviations, squares, x.n_rows}, 50);
  const Table table = read_tsv(test::reference_tables() / "seurat_v3.tsv");
  test::expect_close(found.means, test::numbers_of(table, "means"), "means");
  test::expect_close(found.variances, test::numbers_of(table, "variances"), "variances");
  test::expect_close(found.variances_norm, test::numbers_of(table, "variances_norm"), "variances_norm");
  test::expect_close(found.rank, test::numbers_of(table, "highly_variable_rank"), "rank");
  test::expect_close(as_numbers(found.chosen), test::numbers_of(table, "highly_variable"), "chosen");
  EXPECT_EQ(found.variances_norm[3], 0);  // constant
}

TEST(HighlyVariableSeuratV3, TooFewGenesSaySo) {
  const std::vector<double> values(13, 1.0);
  test::expect_error<InputError>([&] { expected_deviations(values, values); },
                                 {"seurat_v3: no trend of variance over mean through 13 genes",
                                  "prepare.highly_variable seurat"});
}

}  // namespace
}  // namespace gracevae::impl
