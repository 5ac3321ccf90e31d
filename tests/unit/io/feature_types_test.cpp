#include "io/feature_types.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "dense_rows.hpp"
#include "io/open_cells.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Rows = std::vector<std::vector<float>>;

/// Two cells x four features of these types.
CellSource source_of(std::vector<std::string> types, const std::string& column = "feature_types") {
  CellSource source;
  source.path = "screen";
  source.obs.index = {"c1", "c2"};
  source.var.index = {"KLF1", "g1", "TP53", "CD3"};
  source.var.add("gene_ids", std::vector<std::string>{"ENSG1", "id-g1", "ENSG2", "id-CD3"});
  source.var.add(column, std::move(types));
  CsrMatrix<float> x;
  x.n_rows = 2;
  x.n_cols = 4;
  x.indptr = {0, 4, 5};
  x.indices = {0, 1, 2, 3, 1};
  x.values = {1, 20, 3, 40, 5};
  source.rows = rows_in_memory(std::move(x));
  return source;
}

TEST(FeatureTypes, OnlyGeneExpressionStays) {
  CellSource source = source_of({"Gene Expression", "CRISPR Guide Capture", "Gene Expression", "Antibody Capture"});
  Messages messages;
  keep_genes(source);
  EXPECT_THAT(messages.take(),
              HasSubstr(
                  "screen: 2 Gene Expression, 1 CRISPR Guide Capture, 1 Antibody Capture: only Gene Expression is "
                  "read as genes"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "TP53"));
  EXPECT_THAT(column_as_strings(*source.var.find("gene_ids")), ElementsAre("ENSG1", "ENSG2"));
  EXPECT_EQ(dense_of(source), (Rows{{1, 3}, {0, 0}}));
  ASSERT_EQ(source.others.size(), 2u);
  EXPECT_EQ(source.others[0].type, "CRISPR Guide Capture");
  EXPECT_THAT(source.others[0].ids, ElementsAre("id-g1"));
  EXPECT_THAT(source.others[0].names, ElementsAre("g1"));
  EXPECT_EQ(dense_of(source.others[0].counts()), (Rows{{20}, {5}}));
  EXPECT_EQ(source.others[1].type, "Antibody Capture");
  EXPECT_EQ(dense_of(source.others[1].counts()), (Rows{{40}, {0}}));
}

TEST(FeatureTypes, SpellingsAndCategoricals) {
  CellSource lower = source_of({"gene_expression", "crispr", "GEX", "x"}, "feature_type");
  keep_genes(lower);
  EXPECT_THAT(lower.var.index, ElementsAre("KLF1", "TP53"));
  CellSource coded = source_of({"a", "a", "a", "a"}, "other");
  coded.var.add("feature_types", Categorical{{1, 0, 1, 1}, {"Custom", "Gene Expression", "unused"}, false});
  keep_genes(coded);
  EXPECT_THAT(coded.var.index, ElementsAre("KLF1", "TP53", "CD3"));
  EXPECT_EQ(only_feature_type(coded.var), "Gene Expression");
}

TEST(FeatureTypes, OneTypeAndBiotypesAreLeftAlone) {
  for (const auto& types : {std::vector<std::string>(4, "Gene Expression"), std::vector<std::string>(4, "Custom"),
                            std::vector<std::string>{"protein_coding", "lncRNA", "protein_coding", "protein_coding"}}) {
    CellSource source = source_of(types);
    keep_genes(source);
    EXPECT_EQ(source.var.index.size(), 4u) << types[0];
    EXPECT_THAT(source.others, IsEmpty());
  }
}

TEST(FeatureTypes, NoGenes) {
  CellSource guides = source_of(std::vector<std::string>(4, "CRISPR Guide Capture"));
  EXPECT_THAT(message_of<InputError>([&] { keep_genes(guides); }), At("screen", "4", "CRISPR", "genes"));
  CellSource mixed = source_of({"Peaks", "Antibody Capture", "Peaks", "Peaks"});
  EXPECT_THAT(message_of<InputError>([&] { keep_genes(mixed); }), At("", "3", "1"));
}

/// In a .h5ad as in folders; obsm stays beside.
TEST(FeatureTypes, OfAnAnndataFile) {
  const TemporaryFolder folder;
  AnnData data;
  data.x.n_rows = 2;
  data.x.n_cols = 3;
  data.x.indptr = {0, 2, 3};
  data.x.indices = {0, 1, 2};
  data.x.values = {7, 100, 2};
  data.obs.index = {"c1", "c2"};
  data.var.index = {"A", "sgA", "B"};
  data.var.add("feature_types", Categorical{{1, 0, 1}, {"CRISPR Guide Capture", "Gene Expression"}, false});
  data.obsm["guides"] = Matrix<float>(2, 2, 3.0f);
  data.obsm["X_pca"] = Matrix<float>(2, 1, -0.5f);
  write_anndata(folder.file("a.h5ad"), data);
  CellSource source = open_cells(folder.file("a.h5ad"), {});
  EXPECT_THAT(source.var.index, ElementsAre("A", "B"));
  EXPECT_EQ(dense_of(source), (Rows{{7, 0}, {0, 2}}));
  ASSERT_EQ(source.others.size(), 3u);
  EXPECT_EQ(source.others[0].type, "obsm/X_pca");
  EXPECT_THAT(message_of<InputError>([&] { source.others[0].counts(); }), At("a.h5ad /obsm/X_pca", "1", "-0.5"));
  EXPECT_EQ(source.others[1].type, "obsm/guides");
  EXPECT_THAT(source.others[1].names, ElementsAre("1", "2"));
  EXPECT_EQ(dense_of(source.others[1].counts()), (Rows{{3, 3}, {3, 3}}));
  EXPECT_EQ(source.others[2].type, "CRISPR Guide Capture");
  EXPECT_EQ(dense_of(source.others[2].counts()), (Rows{{100}, {0}}));
}

}  // namespace
}  // namespace gracevae::impl
