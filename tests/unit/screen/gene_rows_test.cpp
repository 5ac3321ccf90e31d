#include "screen/gene_rows.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::data_of;
using test::expect_error;
using test::named_options;
using testing::ElementsAre;
using testing::HasSubstr;
using Names = std::vector<std::string>;

/// Genes TBCE, MATR3, TBCE, KLF1 with ids, in two cells.
AnnData repeated(const std::vector<std::vector<float>>& rows) {
  AnnData data = data_of({"control", "KLF1"}, rows);
  data.var.index = {"ENSG00000000001", "ENSG00000000002", "ENSG00000000003", "ENSG00000000004"};
  data.var.add("gene_name", Names{"TBCE", "MATR3", "TBCE ", "KLF1"});
  data.var.add("chromosome", Names{"1", "5", "1", "19"});
  return data;
}

Screen load(const std::vector<std::vector<float>>& rows, const std::string& how) {
  ScreenOptions options = named_options();
  options.repeated_genes = how;
  return screen_from_anndata(repeated(rows), options);
}

std::vector<float> row_of(const Screen& screen, std::int64_t i) {
  std::vector<float> row(static_cast<std::size_t>(screen.n_genes()));
  screen.rows().copy_row(i, std::span<float>(row));
  return row;
}

TEST(RepeatedGenes, CountsAreAddedUp) {
  const Screen screen = load({{1, 2, 3, 4}, {0, 5, 6, 0}}, "sum");
  EXPECT_EQ(screen.genes, Names({"TBCE", "MATR3", "KLF1"}));
  EXPECT_EQ(screen.var.index, Names({"ENSG00000000001", "ENSG00000000002", "ENSG00000000004"}));
  EXPECT_THAT(row_of(screen, 0), ElementsAre(4, 2, 4));
  EXPECT_THAT(row_of(screen, 1), ElementsAre(6, 5, 0));
}

TEST(RepeatedGenes, LoggedValuesAreAddedUpOnTheLinearScale) {
  const Screen screen = load({{1.5F, 2, 0.25F, 0}, {0, 0.5F, 0.75F, 1}}, "sum");
  EXPECT_FLOAT_EQ(row_of(screen, 0)[0], static_cast<float>(std::log1p(std::expm1(1.5) + std::expm1(0.25))));
  EXPECT_FLOAT_EQ(row_of(screen, 1)[0], 0.75F);
}

TEST(RepeatedGenes, ValuesBelowZeroHaveNoSum) {
  const Screen screen = load({{-1.5F, 2, 0.25F, 0}, {0.5F, 0.5F, 0.75F, 1}}, "sum");
  EXPECT_THAT(row_of(screen, 0), ElementsAre(-1.5F, 2, 0));
}

TEST(RepeatedGenes, FirstAndIds) {
  EXPECT_THAT(row_of(load({{1, 2, 3, 4}, {0, 5, 6, 0}}, "first"), 0), ElementsAre(1, 2, 4));
  const Screen ids = load({{1, 2, 3, 4}, {0, 5, 6, 0}}, "keep-ids");
  EXPECT_EQ(ids.genes, Names({"ENSG00000000001", "MATR3", "ENSG00000000003", "KLF1"}));
  EXPECT_THAT(row_of(ids, 1), ElementsAre(0, 5, 6, 0));
  AnnData bare = data_of({"control", "B"});
  bare.var.index = {"A", "A-2", "A", "B"};
  ScreenOptions options = named_options();
  options.repeated_genes = "keep-ids";
  EXPECT_EQ(screen_from_anndata(std::move(bare), options).genes, Names({"A-1", "A-2", "A-3", "B"}));
}

TEST(RepeatedGenes, AreAnErrorWhereAskedFor) {
  expect_error<InputError>(
      [] {
        load({{1, 2, 3, 4}, {0, 5, 6, 0}}, "error");
      },
      {"test.h5ad: var column 'gene_name': 1 gene name stands for several genes: TBCE (2 genes)",
       "screen.repeated_genes sum"});
}

TEST(RepeatedGenes, OneLineSaysWhich) {
  CellSource source;
  AnnData data = repeated({{1, 2, 3, 4}, {0, 5, 6, 0}});
  source.var = data.var;
  source.obs = data.obs;
  source.rows = rows_in_memory(std::move(data.x));
  const auto lines = settle_genes(source, named_options());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            "1 gene name stands for several genes: TBCE (2 genes); their values are added up (screen.repeated_genes)");
  EXPECT_TRUE(settle_genes(source, named_options()).empty()) << "settled once for all";
}

TEST(GeneColumn, StaysWhenRepeatedGenesAreAddedUp) {
  AnnData data = data_of({"control", "KLF1", "BAK1"}, {{1, 2, 3, 4, 0}, {0, 5, 6, 0, 1}, {1, 0, 0, 1, 1}});
  data.var.index = {"1", "2", "3", "4", "5"};
  data.var.add("gene_symbols", Names{"KLF1", "KLF1", "KLF1", "MATR3", "TBCE"});
  data.var.add("symbol", Names{"KLF1", "TP53", "GATA1", "BAK1", "AHR"});
  const Screen screen = screen_from_anndata(std::move(data), named_options());
  EXPECT_EQ(screen.gene_column, "gene_symbols") << "once it is added up, the other holds more targets";
  EXPECT_EQ(screen.genes, Names({"KLF1", "MATR3", "TBCE"}));
}

TEST(GeneColumn, IsChosenByWhatItHolds) {
  const auto column = [](const std::vector<std::pair<std::string, Column>>& columns, const Names& index) {
    AnnData data = data_of({"control", "KLF1", "BAK1+KLF1"}, {}, 3);
    data.var.index = index;
    data.var.columns = columns;
    return screen_from_anndata(std::move(data), named_options()).gene_column;
  };
  const Names ids{"ENSG00000105610.5", "ENSG00000030110.2", "ENSG00000141510.1"}, symbols{"KLF1", "BAK1", "TP53"},
      other{"a", "b", "c"}, unversioned{"ENSG00000105610", "ENSG00000030110", "ENSG00000141510"};
  for (const char* name : {"Symbol", "SYMBOL", "whatever", "Gene.Name", "hgnc"})
    EXPECT_EQ(column({{"features", unversioned}, {"notes", other}, {name, symbols}}, ids), name);
  EXPECT_EQ(column({{"gene_name", other}}, symbols), "") << "the index has the targets";
  EXPECT_EQ(column({{"notes", other}}, ids), "") << "any text is no column of symbols";
  EXPECT_EQ(column({{"gene_symbols", symbols}, {"gene_name", other}}, other), "gene_symbols");
}

TEST(GeneCase, DifferencesAreSaid) {
  AnnData data = data_of({"control", "KLF1", "BAK1"}, {}, 2);
  data.var.index = {"Klf1", "Bak1"};
  const Screen screen = screen_from_anndata(std::move(data), named_options());
  EXPECT_THAT(screen.warnings,
              testing::Contains(HasSubstr("2 targets are written unlike genes in upper and lower case only, "
                                          "and are not matched with them: BAK1 (gene Bak1), KLF1 (gene Klf1)")));
}

}  // namespace
}  // namespace gracevae::impl
