#include "io/table_names.hpp"

#include <gtest/gtest.h>

namespace gracevae::impl {
namespace {

TEST(TableNames, Genes) {
  for (const char* name : {"KLF1", "HLA-A", "MT-ND1", "AC010980.1", "C1orf112", "Klf1", "H2-K1", "ENSG00000105610",
                           "ENSMUSG00000059552.8", "PC", "ICA1", "NKX2-1", "RP11-34P13.7"})
    EXPECT_TRUE(is_gene_like(name)) << name;
  for (const char* name :
       {"", "c1", "cell_1", "n_counts", "AAACCCAAGAAACACT", "AAACCCAAGAAACACT-1", "1", "K", "x1", "S_score", "KLF1 "})
    EXPECT_FALSE(is_gene_like(name)) << name;
  EXPECT_TRUE(is_ensembl_gene("ENSG00000105610"));
  for (const char* name : {"ENSG0000010561", "ENST00000105610", "ENS", "ENSG00000105610A", "KLF1"})
    EXPECT_FALSE(is_ensembl_gene(name)) << name;
}

TEST(TableNames, FactsOfCells) {
  for (const char* name : {"n_counts",        "n.counts",
                           "total_counts",    "total_counts_mt",
                           "nCount_RNA",      "nFeature_RNA",
                           "n_genes",         "n_genes_by_counts",
                           "percent.mt",      "percent_mito",
                           "pct_counts_mt",   "leiden",
                           "leiden_0.5",      "louvain",
                           "seurat_clusters", "RNA_snn_res.0.8",
                           "batch",           "Batch",
                           "S_score",         "S.Score",
                           "G2M.Score",       "phase",
                           "doublet_score",   "doublet_scores",
                           "umap_1",          "UMAP_1",
                           "UMAP1",           "PC_1",
                           "tSNE_2",          "X_umap1",
                           "condition",       "__no_feature",
                           "N_unmapped",      "log1p_total_counts"})
    EXPECT_TRUE(is_cell_fact(name)) << name;
  for (const char* name : {"KLF1", "PC", "PC1", "ICA1", "SCORE", "BATF", "CLUSTERIN", "AGER", "TIMELESS", "LEID",
                           "mCherry", "puro", "PHGDH", "NCOUNT", "umap", "pc_a", ""})
    EXPECT_FALSE(is_cell_fact(name)) << name;
  EXPECT_TRUE(is_gene_fact("Length"));
  EXPECT_FALSE(is_gene_fact("c1"));
}

TEST(TableNames, Heads) {
  EXPECT_EQ(name_head("Barcode"), NameHead::cells);
  EXPECT_EQ(name_head("GENE"), NameHead::genes);
  EXPECT_EQ(name_head("gene symbol"), NameHead::genes);
  EXPECT_EQ(name_head(""), NameHead::any);
  EXPECT_EQ(name_head("Unnamed: 0"), NameHead::any);
  EXPECT_EQ(name_head("KLF1"), NameHead::none);
}

}  // namespace
}  // namespace gracevae::impl
