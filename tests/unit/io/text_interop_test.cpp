// What scipy, pandas and Python's gzip write is read as it was meant. The Python side (tests/support/text_formats.py)
// and this one compute the content by the same written rules, so that no number travels but through the files.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "io/dense_table.hpp"
#include "io/label_table.hpp"
#include "io/matrix_market.hpp"
#include "support/python.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

constexpr std::int64_t kCells = 40, kGenes = 12;

/// x[i, j] = (7 i + 3 j) mod 5, halved, zero where the remainder is below 3.
float x_rule(std::int64_t i, std::int64_t j) {
  const auto rest = (7 * i + 3 * j) % 5;
  return rest < 3 ? 0.0f : static_cast<float>(rest) / 2;
}

class TextInterop : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto script = support_script("text_formats.py");
    if (!std::filesystem::exists(script)) GTEST_SKIP() << "set GRACEVAE_SOURCE_DIR to the repository (ctest does)";
    const std::string interpreter = python_with("scipy, pandas");
    if (interpreter.empty()) GTEST_SKIP() << "no python3 with scipy and pandas: apt-get install python3-anndata";
    ASSERT_EQ(std::system(
                  fmt::format("{} '{}' make '{}'", interpreter, script.string(), folder_.path().string()).c_str()),
              0);
  }
  TemporaryFolder folder_;
};

void expect_names(const CellSource& source) {
  ASSERT_EQ(source.obs.index.size(), static_cast<std::size_t>(kCells));
  ASSERT_EQ(source.var.index.size(), static_cast<std::size_t>(kGenes));
  for (std::int64_t i = 0; i < kCells; ++i)
    EXPECT_EQ(source.obs.index[static_cast<std::size_t>(i)], fmt::format("cell_{}é-1", i));
  for (std::int64_t j = 0; j < kGenes; ++j)
    EXPECT_EQ(source.var.index[static_cast<std::size_t>(j)], fmt::format("g{}", j));
}

template <class Rule>
void expect_values(CellSource& source, const Rule& rule, const std::string& what) {
  const CsrMatrix<float> x = read_all_rows(source);
  std::vector<float> row(kGenes);
  for (std::int64_t i = 0; i < kCells; ++i) {
    x.copy_row(i, std::span<float>(row));
    for (std::int64_t j = 0; j < kGenes; ++j)
      EXPECT_EQ(row[static_cast<std::size_t>(j)], rule(x_rule(i, j))) << what << " " << i << " " << j;
  }
}

TEST_F(TextInterop, MatrixMarketOfScipy) {
  for (const std::string& packed : {std::string(), std::string("_gz")})
    for (const std::string name : {"real", "integer", "pattern", "by_gene", "cells_first", "shuffled"}) {
      CellSource source = open_matrix_market(folder_.file(name + packed), {});
      expect_names(source);
      EXPECT_EQ(column_as_strings(*source.var.find("gene_symbols"))[5], "S5");
      expect_values(
          source,
          [&](float value) { return name == "integer"   ? 2 * value
                                    : name == "pattern" ? float(value > 0)
                                                        : value; },
          name + packed);
    }
}

TEST_F(TextInterop, TablesOfPandas) {
  for (const std::string name : {"comma.csv", "tab.txt.gz", "semicolon.csv", "genes_in_rows.tsv"}) {
    const bool genes_in_rows = name == "genes_in_rows.tsv";
    CellSource source = open_table(folder_.file(name), {"", "", genes_in_rows});
    expect_names(source);
    expect_values(
        source, [](float value) { return value; }, name);
    if (genes_in_rows) continue;
    ASSERT_NE(source.obs.find("condition"), nullptr) << name;
    const auto conditions = column_as_strings(*source.obs.find("condition"));
    for (std::size_t i = 0; i < conditions.size(); ++i)
      EXPECT_EQ(conditions[i], (std::vector<std::string>{"", "A", "A,\"B\""})[i % 3]) << name;
  }
}

TEST_F(TextInterop, LabelsOfPandas) {
  CellSource source = open_matrix_market(folder_.file("integer_gz"), {});
  join_labels(source, folder_.file("cell_identities.csv.gz"));
  const auto guides = column_as_strings(*source.obs.find("guide_identity"));
  const auto& counts = std::get<std::vector<std::int64_t>>(*source.obs.find("read_count"));
  const auto& shares = std::get<std::vector<double>>(*source.obs.find("share"));
  for (std::size_t i = 0; i < static_cast<std::size_t>(kCells); ++i) {
    EXPECT_EQ(guides[i], (std::vector<std::string>{"control", "A", "A,B"})[i % 3]);
    EXPECT_EQ(counts[i], static_cast<std::int64_t>(3 * i));
    if (i % 5)
      EXPECT_EQ(shares[i], static_cast<double>(i) / 4);
    else
      EXPECT_TRUE(std::isnan(shares[i]));
  }
}

}  // namespace
}  // namespace gracevae::impl
