#include "io/table_content.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Rows = std::vector<std::vector<float>>;

CsrMatrix<float> matrix_of(const Rows& rows) {
  CsrMatrix<float> x;
  x.n_cols = std::ssize(rows[0]);
  for (const auto& row : rows) {
    for (std::size_t j = 0; j < row.size(); ++j)
      if (row[j] != 0) {
        x.indices.push_back(static_cast<std::int32_t>(j));
        x.values.push_back(row[j]);
      }
    x.indptr.push_back(x.n_nonzero());
    ++x.n_rows;
  }
  return x;
}

/// "depth: the sum of the others" of what is found.
std::vector<std::string> found(const Rows& rows, const std::vector<std::string>& names) {
  std::vector<std::string> texts;
  for (const auto& [column, why] : other_columns(matrix_of(rows), names, false))
    texts.push_back(names[static_cast<std::size_t>(column)] + ": " + why);
  return texts;
}

/// Counts of 20 cells and `n_genes` genes.
Rows counts(int n_genes) {
  Rows rows;
  for (int i = 0; i < 20; ++i) {
    rows.emplace_back();
    for (int j = 0; j < n_genes; ++j)
      rows.back().push_back(static_cast<float>((7 * i + 3 * j + i * j) % 11 > 6 ? (i * i + j) % 5 : 0));
  }
  return rows;
}

std::vector<std::string> gene_names(int n_genes) {
  std::vector<std::string> names;
  for (int j = 0; j < n_genes; ++j) names.push_back("GENE" + std::to_string(j));
  return names;
}

float sum(const std::vector<float>& row) {
  float all = 0;
  for (const float value : row) all += value;
  return all;
}

float n_nonzero(const std::vector<float>& row) {
  float n = 0;
  for (const float value : row) n += value != 0 ? 1 : 0;
  return n;
}

TEST(TableContent, CountsAreGenes) { EXPECT_THAT(found(counts(30), gene_names(30)), IsEmpty()); }

/// In every order, one alone or both; names do not matter.
TEST(TableContent, SumsAndNumbers) {
  const Rows plain = counts(12);
  Rows depth = plain, number = plain, both = plain;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const float all = sum(plain[i]), n = n_nonzero(plain[i]);
    depth[i].insert(depth[i].begin() + 3, all);
    number[i].push_back(n);
    both[i].insert(both[i].begin(), n);
    both[i].push_back(all);
  }
  auto names = gene_names(12);
  names.insert(names.begin() + 3, "ABC1");
  EXPECT_THAT(found(depth, names), ElementsAre("ABC1: the sum of the others"));
  names = gene_names(12);
  names.emplace_back("z");
  EXPECT_THAT(found(number, names), ElementsAre("z: the number of others that are not zero"));
  names.insert(names.begin(), "y");
  EXPECT_THAT(found(both, names), ElementsAre("y: the number of genes that are not zero", "z: the sum of the others"));
  depth[7][3] += 1;
  names = gene_names(13);
  EXPECT_THAT(found(depth, names), IsEmpty());
}

/// Few cells, or the same numbers in all of them, prove nothing.
TEST(TableContent, TooLittleToTell) {
  const Rows few(9, {3, 1, 1, 1, 0});
  EXPECT_THAT(found(few, gene_names(5)), IsEmpty());
  const Rows constant(30, {3, 1, 1, 1, 0});
  EXPECT_THAT(found(constant, gene_names(5)), IsEmpty());
}

TEST(TableContent, NumbersOfCells) {
  for (const float first : {0.F, 1.F}) {
    Rows rows = counts(8);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].insert(rows[i].begin(), first + static_cast<float>(i));
    EXPECT_THAT(found(rows, gene_names(9)), ElementsAre("GENE0: the number of the cell"));
    rows[5][0] = 77;
    EXPECT_THAT(found(rows, gene_names(9)), IsEmpty());
  }
}

TEST(TableContent, SignsAndFractions) {
  Rows rows = counts(80);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].push_back(static_cast<float>(i) * 0.25F);  // fractions under a name like a gene's
    rows[i].push_back(static_cast<float>(i) - 10);     // negative under another
    rows[i].push_back(i == 3 ? 0.5F : 1);              // one fraction under another
  }
  auto names = gene_names(81);
  names.insert(names.end(), {"x1", "x2"});
  EXPECT_THAT(found(rows, names),
              ElementsAre("GENE80: fractions among counts", "x1: negative values where others have none",
                          "x2: fractions among counts"));
  names[82] = "GENE82";  // one fraction does not prove that it is no gene
  EXPECT_THAT(found(rows, names),
              ElementsAre("GENE80: fractions among counts", "x1: negative values where others have none"));
}

/// Values on a log scale, or scaled ones: fractions and signs are those of genes.
TEST(TableContent, OtherScales) {
  Rows logged = counts(20);
  for (auto& row : logged)
    for (float& value : row) value *= 0.37F;
  std::vector<std::string> names;
  for (int j = 0; j < 20; ++j) names.push_back("x" + std::to_string(j));
  EXPECT_THAT(found(logged, names), IsEmpty());
  for (auto& row : logged)
    for (float& value : row) value -= 0.2F;
  EXPECT_THAT(found(logged, names), IsEmpty());
}

TEST(TableContent, Columns) {
  const CsrMatrix<float> x = matrix_of({{1, 0, 2, 3}, {0, 4, 0, 0}, {0, 0, 0, 5}});
  EXPECT_THAT(column_values(x, 3), ElementsAre(3, 0, 5));
  EXPECT_THAT(column_values(x, 1), ElementsAre(0, 4, 0));
  const CsrMatrix<float> kept = without_columns(x, {{0, ""}, {2, ""}});
  EXPECT_EQ(kept.n_rows, 3);
  EXPECT_EQ(kept.n_cols, 2);
  EXPECT_THAT(kept.indptr, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(kept.indices, ElementsAre(1, 0, 1));
  EXPECT_THAT(kept.values, ElementsAre(3, 4, 5));
}

}  // namespace
}  // namespace gracevae::impl
