#pragma once
/// @file Telling from a table's names whether they are genes, cells, or facts about cells. Only for src/io.
#include <string>
#include <string_view>
#include <vector>

namespace gracevae::impl {

/// "ENSG00000141510", "ENSMUSG00000059552.8".
bool is_ensembl_gene(std::string_view name);

/// Looks like a gene symbol or Ensembl id and not like a barcode: KLF1, HLA-A, C1orf112, AC010980.1, Klf1; also
/// capitalised words (Phase).
bool is_gene_like(std::string_view name);

/// Contains a barcode of at least 8 bases (io/cell_names.hpp).
bool is_barcode_like(std::string_view name);

/// A usual name of cell annotations (n_counts, nCount_RNA, percent.mt, leiden, S_score, umap_1, condition, …) or of a
/// read counter's summary (__no_feature, N_unmapped). Case and . - _ are ignored.
/// @test tests/unit/io/table_names_test.cpp
bool is_cell_fact(std::string_view name);

/// A usual name of gene annotations in tables of reads: length, chr, start, end, strand, description, …
bool is_gene_fact(std::string_view name);

/// Heads of a column with the names of cells ("cell", "barcode", …), of genes ("gene", "symbol", …), or of either
/// ("", "index", "X").
enum class NameHead { cells, genes, any, none };
NameHead name_head(std::string_view name);

/// The orientation of a table.
enum class TableRows { cells, genes, unknown };
/// Judged by the head of the first column, the other heads and the names in the first rows, if clear: a telling head,
/// or barcodes or gene-like names on one side only.
TableRows table_rows(std::string_view first_head, const std::vector<std::string>& heads,
                     const std::vector<std::string>& row_names);

}  // namespace gracevae::impl
