#pragma once
/// @file What the names in the head of a table say: genes, cells, or facts about cells. Only for src/io.
#include <string>
#include <string_view>
#include <vector>

namespace gracevae::impl {

/// "ENSG00000141510", "ENSMUSG00000059552.8".
bool is_ensembl_gene(std::string_view name);

/// Shaped as symbols of genes are: KLF1, HLA-A, C1orf112, AC010980.1, Klf1, and Ensembl ids; no barcode. Words that
/// begin with a capital (Phase) are, too.
bool is_gene_like(std::string_view name);

/// Holds a barcode of at least 8 bases (io/cell_names.hpp).
bool is_barcode_like(std::string_view name);

/// What tools call numbers and labels of cells, no gene's name: n_counts, nCount_RNA, percent.mt, leiden, S_score,
/// umap_1, condition, …; and the lines of read counters (__no_feature, N_unmapped). Case and . - _ do not matter.
/// @test tests/unit/io/table_names_test.cpp
bool is_cell_fact(std::string_view name);

/// What stands beside genes in tables of reads: length, chr, start, end, strand, description, …
bool is_gene_fact(std::string_view name);

/// Heads of a column with the names of cells ("cell", "barcode", …), of genes ("gene", "symbol", …), or of either
/// ("", "index", "X").
enum class NameHead { cells, genes, any, none };
NameHead name_head(std::string_view name);

/// Which way round a table lies.
enum class TableRows { cells, genes, unknown };
/// By the head of its first column, the other heads and the names in its first rows. Tells only what is clear: a head
/// that says it, barcodes on one side, names like genes' on one side.
TableRows table_rows(std::string_view first_head, const std::vector<std::string>& heads,
                     const std::vector<std::string>& row_names);

}  // namespace gracevae::impl
