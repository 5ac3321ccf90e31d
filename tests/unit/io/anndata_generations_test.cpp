// The same screen in .h5ad files of every generation, form and type of numbers (tests/support/h5ad_generations.py): all
// must give the same content, whichever way it is read.
#include <gmock/gmock.h>

#include <cmath>

#include "anndata_python.hpp"
#include "base/error.hpp"
#include "io/cell_source.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kCells = 30, kGenes = 8;

/// x[i, j] = factor · ((7 i + 3 j) mod 5), zero where the remainder is below 3.
float x_rule(std::int64_t i, std::int64_t j, float factor) {
  const auto rest = (7 * i + 3 * j) % 5;
  return rest < 3 ? 0.0f : factor * static_cast<float>(rest);
}

CellSource opened(const std::filesystem::path& path, const std::string& matrix) {
  CellSourceOptions options;
  options.matrix = matrix;
  return open_anndata(path, options);
}

/// Rows [first, first + n) against the rule.
void expect_rows(const CsrMatrix<float>& x, std::int64_t first, float factor) {
  std::vector<float> row(static_cast<std::size_t>(x.n_cols));
  for (std::int64_t i = 0; i < x.n_rows; ++i) {
    EXPECT_TRUE(std::ranges::is_sorted(x.row_indices(i)));
    x.copy_row(i, std::span<float>(row));
    for (std::int64_t j = 0; j < x.n_cols; ++j)
      EXPECT_EQ(row[static_cast<std::size_t>(j)], x_rule(first + i, j, factor)) << first + i << " " << j;
  }
}

/// Reads a matrix in blocks of some rows and then again one row from the middle.
void expect_matrix(CellSource& source, std::int64_t n_genes, float factor) {
  SCOPED_TRACE(source.matrix);
  ASSERT_EQ(source.rows->n_rows(), kCells);
  ASSERT_EQ(source.rows->n_cols(), n_genes);
  EXPECT_EQ(source.var.index.size(), static_cast<std::size_t>(n_genes));
  std::int64_t n_stored = 0;
  for (const std::int64_t block : {7, 30, 1}) {
    n_stored = 0;
    for (std::int64_t first = 0; first < kCells; first += block) {
      const auto rows = source.rows->rows(first, std::min(block, kCells - first));
      expect_rows(rows, first, factor);
      n_stored += rows.n_nonzero();
    }
  }
  expect_rows(source.rows->rows(13, 1), 13, factor);
  EXPECT_EQ(source.rows->rows(5, 0).n_rows, 0);
  EXPECT_EQ(source.rows->n_stored(), source.encoding == "array" ? -1 : n_stored);
}

void expect_obs(const DataFrame& obs) {
  EXPECT_EQ(obs.names(), (std::vector<std::string>{"condition", "only", "count", "share", "kept", "name"}));
  ASSERT_EQ(obs.index.size(), static_cast<std::size_t>(kCells));
  const auto& condition = std::get<Categorical>(*obs.find("condition"));
  EXPECT_THAT(condition.categories, ElementsAre("control", "A", "A+B"));
  const auto only = column_as_strings(*obs.find("only")), name = column_as_strings(*obs.find("name"));
  const auto kept = column_as_strings(*obs.find("kept"));
  EXPECT_TRUE(std::holds_alternative<Categorical>(*obs.find("only")));
  for (std::int64_t i = 0; i < kCells; ++i) {
    const auto k = static_cast<std::size_t>(i);
    EXPECT_EQ(obs.index[k], fmt::format("cell{}", i));
    EXPECT_EQ(condition.codes[k], i == 4 ? -1 : i % 3);
    EXPECT_EQ(only[k], "one");
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(*obs.find("count"))[k], i);
    EXPECT_EQ(std::get<std::vector<double>>(*obs.find("share"))[k], static_cast<double>(i) / 4);
    EXPECT_EQ(kept[k], i % 2 == 0 ? "True" : "False");
    EXPECT_EQ(name[k], fmt::format("n{}", i % 4));
  }
}

void expect_uns(const Uns& uns) {
  EXPECT_EQ(std::get<std::string>(uns.at("title")), "a screen");
  EXPECT_EQ(std::get<std::string>(uns.at("rank_genes_groups/params/method")), "t-test");
  EXPECT_EQ(std::get<bool>(uns.at("rank_genes_groups/params/use_raw")), true);
  EXPECT_EQ(std::get<std::int64_t>(uns.at("rank_genes_groups/params/n")), 3);
  EXPECT_THAT(std::get<std::vector<double>>(uns.at("pca/variance")), ElementsAre(2, 1));
  const auto& names = std::get<RecordTable>(uns.at("rank_genes_groups/names"));
  ASSERT_EQ(names.fields.size(), 2u);
  EXPECT_EQ(names.n_records(), 2);
  EXPECT_THAT(std::get<std::vector<std::string>>(names.find("A")->values), ElementsAre("g1", "g3"));
  EXPECT_THAT(std::get<std::vector<std::string>>(names.find("A+B")->values), ElementsAre("g2", "g0"));
  const auto& scores = std::get<RecordTable>(uns.at("rank_genes_groups/scores"));
  EXPECT_THAT(std::get<std::vector<float>>(scores.find("A+B")->values), ElementsAre(1.5f, -1.0f));
}

using AnndataGenerations = WithPython;

TEST_F(AnndataGenerations, GiveTheSameContent) {
  ASSERT_EQ(run("h5ad_generations.py", "make", folder_.path()), 0);
  int n_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    ++n_files;
    CellSource source = open_anndata(entry.path(), {});
    EXPECT_EQ(source.format, name.starts_with("now")   ? "AnnData 0.8 or later"
                             : name.starts_with("v07") ? "AnnData 0.7"
                                                       : "AnnData before 0.7");
    EXPECT_EQ(source.encoding, name.find("csr") != name.npos   ? "csr_matrix"
                               : name.find("csc") != name.npos ? "csc_matrix"
                                                               : "array");
    EXPECT_EQ(source.matrix, "X");
    EXPECT_THAT(source.matrices, ElementsAre("X", "raw", "layers/counts"));
    EXPECT_EQ(source.path, entry.path().string());
    expect_obs(source.obs);
    EXPECT_THAT(column_as_strings(*source.var.find("symbol")),
                ElementsAre("S0", "S1", "S2", "S3", "S4", "S5", "S6", "S7"));
    expect_matrix(source, kGenes, 1);
    if (name.find("_float32") != name.npos || name.find("_uint64") != name.npos) {
      CellSource x = opened(entry.path(), "X"), raw = opened(entry.path(), "raw"),
                 layer = opened(entry.path(), "layers/counts");
      expect_matrix(x, kGenes, 1);
      expect_matrix(raw, kGenes + 1, 2);
      expect_matrix(layer, kGenes, 3);
      EXPECT_EQ(raw.matrix, name.starts_with("v06") ? "raw.X" : "raw/X");
      EXPECT_EQ(layer.matrix, "layers/counts");
    }
    const AnnData whole = read_anndata(entry.path());
    expect_rows(whole.x, 0, 1);
    EXPECT_EQ(whole.x.n_rows, kCells);
    EXPECT_EQ(whole.obsm.at("X_pca")(kCells - 1, 1), static_cast<float>(2 * kCells - 1));
    EXPECT_EQ(whole.varm.at("PCs")(kGenes - 1, 0), static_cast<float>(2 * kGenes - 2));
    expect_uns(whole.uns);
  }
  EXPECT_EQ(n_files, 96);

  const AnnData now = read_anndata(folder_.file("now_csr_float32.h5ad"));
  const auto& table = std::get<DataFrame>(now.uns.at("pca/table"));
  EXPECT_THAT(table.index, ElementsAre("x", "y"));
  EXPECT_THAT(column_as_strings(*table.find("a")), ElementsAre("1", "2"));
  EXPECT_TRUE(read_anndata(folder_.file("now_csr_float32.h5ad"), {.read_uns = false}).uns.empty());

  const std::string message =
      message_of<InputError>([&] { opened(folder_.file("v06_csr_float32.h5ad"), "layer/count"); });
  EXPECT_THAT(message, HasSubstr("has no matrix 'layer/count', expected one of X, raw, layers/counts"));
  EXPECT_THAT(message, HasSubstr("did you mean layers/counts"));
}

}  // namespace
}  // namespace gracevae::impl
