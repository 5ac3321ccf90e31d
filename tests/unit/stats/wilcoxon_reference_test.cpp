#include "stats/wilcoxon_reference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "stats/wilcoxon.hpp"
#include "support/sparse_of.hpp"

namespace gracevae::impl {
namespace {

using Rows = std::vector<std::vector<float>>;

/// About half of the values are 0, a third of the others 1, and some below 0.
Rows drawn_rows(std::size_t n, std::size_t n_columns) {
  Random random(5, "wilcoxon reference");
  Rows rows(n, std::vector<float>(n_columns));
  for (auto& row : rows)
    for (float& value : row) {
      value = random.uniform() < 0.5 ? 0 : random.uniform() < 0.3 ? 1 : static_cast<float>(random.normal() + 1);
      if (random.uniform() < 0.1) value *= -1;
    }
  return rows;
}

Matrix<float> dense_of(const Rows& rows) {
  Matrix<float> result(std::ssize(rows), std::ssize(rows.front()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(rows[i], result.row(static_cast<std::int64_t>(i)).begin());
  return result;
}

/// z of the rows after the first n_reference against those, by the reference and by wilcoxon_scores.
void expect_same_scores(const Rows& rows, std::size_t n_reference) {
  const CsrMatrix<float> x = test::sparse_of(rows);
  std::vector<std::int32_t> groups(rows.size(), 1);
  std::fill_n(groups.begin(), n_reference, 0);
  GroupMoments moments(2, x.n_cols);
  moments.add_rows(x, groups);
  const Matrix<double> expected = wilcoxon_scores(pass_over(x), groups, moments, 0);
  std::vector<std::int64_t> of_reference(n_reference);
  std::iota(of_reference.begin(), of_reference.end(), 0);
  const Rows group(rows.begin() + static_cast<std::ptrdiff_t>(n_reference), rows.end());
  const Matrix<float> dense = dense_of(group);
  const std::vector<double> z = WilcoxonReference(x, of_reference).scores(common_rows(dense.view()));
  ASSERT_EQ(std::ssize(z), x.n_cols);
  for (std::size_t j = 0; j < z.size(); ++j) EXPECT_EQ(z[j], expected(1, static_cast<std::int64_t>(j))) << j;
}

/// Columns that share 1, a value of the reference, 0.5, none of its, or −1; some rows have 0 there.
TEST(WilcoxonReference, ScoresGroupsThatShareAValue) {
  const Rows all = drawn_rows(90, 30);
  const CsrMatrix<float> x = test::sparse_of(all);
  std::vector<std::int64_t> of_reference(60), of_group(30);
  std::iota(of_reference.begin(), of_reference.end(), 0);
  std::iota(of_group.begin(), of_group.end(), 60);
  const auto shifted = [](std::int64_t j, float value) {
    const float shift = j % 3 == 0 ? 1 : j % 3 == 1 ? 0.5F : -1;
    return value == 1 ? 0 : value + shift;
  };
  const CommonRows group = common_rows(x, of_group, shifted);
  Rows dense = all;
  for (std::size_t i = 60; i < 90; ++i)
    for (std::size_t j = 0; j < 30; ++j) dense[i][j] = shifted(static_cast<std::int64_t>(j), dense[i][j]);
  const CsrMatrix<float> of_dense = test::sparse_of(dense);
  const WilcoxonReference kept(x, of_reference);
  EXPECT_EQ(kept.scores(group), kept.scores(common_rows(of_dense, of_group)));
  EXPECT_GT(group.common[0], 0);
}

TEST(WilcoxonReference, GivesTheScoresOfWilcoxonScores) {
  expect_same_scores(drawn_rows(65, 60), 40);
  expect_same_scores(drawn_rows(47, 300), 40);  // more columns than are read together
}

/// One value far off puts nearly all others in one bin, which is then searched in another way.
TEST(WilcoxonReference, FindsValuesInACrowdedBin) {
  Rows rows = drawn_rows(490, 20);
  for (float& value : rows.front()) value = 1e6F;
  expect_same_scores(rows, 400);
}

/// z by definition: a rank is the number of values below and half of those equal, itself among them, and a half.
double z_by_definition(const std::vector<float>& reference, const std::vector<float>& group) {
  std::vector<float> all = reference;
  all.insert(all.end(), group.begin(), group.end());
  double ranks = 0, ties = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto below = static_cast<double>(std::ranges::count_if(all, [&](float v) { return v < all[i]; }));
    const auto equal = static_cast<double>(std::ranges::count(all, all[i]));
    if (i >= reference.size()) ranks += below + (equal + 1) / 2;
    ties += equal * equal - 1;  // Σ over values of t²−1 is Σ over ties of t³−t
  }
  const auto n1 = static_cast<double>(group.size()), n0 = static_cast<double>(reference.size()), n = n1 + n0;
  const double deviation = std::sqrt((1 - ties / (n * n * n - n)) * n1 * n0 * (n + 1) / 12);
  return deviation > 0 ? (ranks - n1 * (n + 1) / 2) / deviation : 0;
}

/// One row, values that all tie, that tie with no row of the reference, and columns that are zero on a side or on both.
TEST(WilcoxonReference, ScoresGroupsAtTheEdge) {
  const Rows reference{{0, 0, 1, 2, -1}, {0, 3, 1, 2, 0}, {0, 0, 1, 5, 2}};
  const CsrMatrix<float> x = test::sparse_of(reference);
  const WilcoxonReference kept(x, std::vector<std::int64_t>{0, 1, 2});
  for (const auto& group :
       std::vector<Rows>{{{0, 3, 1, 4, -1}},                                     // one row
                         {{0, 3, 1, 4, -1}, {0, 3, 1, 4, -1}, {0, 3, 1, 4, 2}},  // ties in the group
                         {{0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}},
                         {{7, -7, 2, 2, -2}, {8, 0, 1, 1, -3}}}) {
    const Matrix<float> dense = dense_of(group);
    const std::vector<double> z = kept.scores(common_rows(dense.view()));
    for (std::size_t j = 0; j < z.size(); ++j) {
      std::vector<float> of_reference, of_group;
      for (const auto& row : reference) of_reference.push_back(row[j]);
      for (const auto& row : group) of_group.push_back(row[j]);
      EXPECT_DOUBLE_EQ(z[j], z_by_definition(of_reference, of_group)) << group.size() << " " << j;
    }
  }
}

}  // namespace
}  // namespace gracevae::impl
