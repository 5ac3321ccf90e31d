#include "screen/gene_names.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using Names = std::vector<std::string>;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(GeneNameKind, IsWhatNineOfTenNamesAre) {
  EXPECT_EQ(gene_name_kind({"ENSG00000141510", "ENSMUSG00000059552.3"}), "Ensembl ids");
  EXPECT_EQ(gene_name_kind({"TP53", "ENSA", "ENSG00000141510"}), "symbols");
  EXPECT_EQ(gene_name_kind({"7157", "672"}), "numbers");
}

const Names kIds{"ENSG00000105610.6", "ENSG00000141510.18", "ENSG00000245848.3", "ENSG00000100644.17"};
const Names kSymbols{"KLF1", "TP53", "CEBPA", "HIF1A"};

/// A screen of these four genes, by index, whose var has `columns` besides.
Screen screen_of_genes(const Names& index, const std::vector<std::pair<std::string, Column>>& columns,
                       const Names& labels, ScreenOptions options = test::named_options()) {
  AnnData data = test::data_of(labels);
  data.var.index = index;
  data.var.columns = columns;
  return screen_from_anndata(std::move(data), options);
}

TEST(SymbolColumn, IsTextWithoutRepeatsThatIsCalledSoOrHoldsTheTargets) {
  DataFrame var;
  var.index = kIds;
  const auto found = [&](const std::vector<std::pair<std::string, Column>>& columns, const Names& targets = {}) {
    var.columns = columns;
    return symbol_column(var, targets);
  };
  EXPECT_EQ(found({}), "");
  EXPECT_EQ(found({{"Symbol", kSymbols}}), "Symbol");
  EXPECT_EQ(found({{"where", Names{"a", "b", "c", "d"}}}), "") << "neither called symbols nor any target in it";
  EXPECT_EQ(found({{"hgnc", kSymbols}}, {"KLF1"}), "hgnc");
  EXPECT_EQ(found({{"Symbol", Names{"a", "b", "c", "d"}}, {"hgnc", kSymbols}}, {"KLF1"}), "hgnc");
  EXPECT_EQ(found({{"Symbol", Names{"KLF1", "KLF1", "b", "c"}}}), "") << "repeated names are refused when loading";
  EXPECT_EQ(found({{"names", kIds}}), "");
}

TEST(NameMismatch, SaysWhatIsOnEitherSideAndWhichColumnHelps) {
  ScreenOptions options = test::named_options();
  options.gene_column = "index";
  const Screen screen = screen_of_genes(kIds, {{"Symbol", kSymbols}}, {"control", "KLF1", "TP53"}, options);
  ASSERT_EQ(screen.warnings.size(), 1U);
  EXPECT_EQ(
      screen.warnings[0],
      "the genes are Ensembl ids ('ENSG00000105610.6', …), the targets symbols ('KLF1', …): they cannot be matched; "
      "var column 'Symbol' holds symbols ('KLF1', …): screen.gene_column Symbol");
  options.gene_column = "Symbol";
  EXPECT_THAT(screen_of_genes(kIds, {{"Symbol", kSymbols}}, {"control", "KLF1", "TP53"}, options).warnings, IsEmpty());
}

TEST(NameMismatch, OffersATableWhereNoColumnHelps) {
  const Screen screen = screen_of_genes(kIds, {}, {"control", "KLF1", "TP53"});
  EXPECT_THAT(screen.warnings, ElementsAre(AllOf(HasSubstr("the genes are Ensembl ids"), HasSubstr("screen.aliases"))));
  const Screen turned = screen_of_genes(kSymbols, {}, {"control", "ENSG00000105610", "ENSG00000141510"});
  EXPECT_THAT(turned.warnings,
              ElementsAre(
                  AllOf(HasSubstr("the genes are symbols ('KLF1', …), the targets Ensembl ids ('ENSG00000105610', …)"),
                        HasSubstr("screen.aliases"))));
}

TEST(NameMismatch, IsNoneWhereIdsAreKnownOrNotMeasured) {
  EXPECT_THAT(screen_of_genes(kIds, {}, {"control", "ENSG00000105610"}).warnings, IsEmpty()) << "but for the version";
  EXPECT_EQ(targets_of(screen_of_genes(kIds, {}, {"control", "ENSG00000105610"})), Names({"ENSG00000105610.6"}));
  EXPECT_THAT(screen_of_genes(kSymbols, {{"id", kIds}}, {"control", "ENSG00000000003"}).warnings, IsEmpty())
      << "the ids are there, this gene is not";
  EXPECT_THAT(screen_of_genes(kSymbols, {}, {"control", "BPGM"}).warnings, IsEmpty());
}

TEST(Aliases, NameGenesThatAreIds) {
  const TemporaryFolder folder;
  ScreenOptions options = test::named_options();
  options.aliases =
      folder
          .write("hgnc.tsv",
                 "symbol\tprev_symbol\tensembl_gene_id\nKLF1\t\tENSG00000105610\nTP53\t\tENSG00000141510\n"
                 "CEBPA\t\tENSG00000245848\n")
          .string();
  const Screen screen = screen_of_genes(kIds, {}, {"control", "KLF1", "ENSG00000141510"}, options);
  EXPECT_EQ(screen.genes, Names({"KLF1", "TP53", "CEBPA", "ENSG00000100644.17"}));
  EXPECT_EQ(screen.gene_column, "gene_symbols");
  EXPECT_EQ(column_as_strings(*screen.var.find("gene_symbols")), screen.genes) << "predictions carry them";
  EXPECT_EQ(screen.var.index, kIds);
  EXPECT_EQ(targets_of(screen), Names({"KLF1", "TP53"}));
  EXPECT_THAT(screen.warnings, IsEmpty());
  options.gene_column = "index";
  const Screen by_index = screen_of_genes(kIds, {}, {"control", "KLF1"}, options);
  EXPECT_EQ(by_index.genes, kIds) << "the column was chosen";
  EXPECT_EQ(targets_of(by_index), Names({"ENSG00000105610.6"})) << "and targets follow the genes";
}

TEST(Aliases, AFileThatIsNotThereIsNamed) {
  ScreenOptions options = test::named_options();
  options.aliases = "nowhere.tsv";
  test::expect_error<IoError>(
      [&] {
        screen_of_genes(kSymbols, {}, {"control", "KLF1"}, options);
      },
      {"nowhere.tsv", "table of aliases"});
}

}  // namespace
}  // namespace gracevae::impl
