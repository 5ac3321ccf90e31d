#pragma once
/// @file Tables of old names and aliases of genes.
#include <filesystem>
#include <string>
#include <vector>

namespace gracevae::impl {

/// A gene: its current symbol and its other and former names.
struct GeneNameRow {
  std::string symbol;
  std::vector<std::string> previous;  ///< former symbols, and ids (Ensembl, Entrez, HGNC, STRING)
  std::vector<std::string> aliases;   ///< other current names
};

/// Reads a table of gene names, plain or gzip. Its first line tells the form:
/// - HGNC's downloads and similar: a header with symbol (or "Approved symbol", "Gene name", preferred_name), also
///   behind #, and at least one of prev_symbol ("Previous symbols"), alias_symbol ("Alias symbols", "Synonyms") and ids
///   (ensembl_gene_id, entrez_id, hgnc_id, NCBI's GeneID, BioMart's "Gene stable ID", STRING's string_protein_id, which
///   is known without its taxon too), in any letter case; several names in a cell are separated by | or commas.
///   Withdrawn entries ("ABC~withdrawn") and, with ids alone, genes without a symbol are skipped.
/// - else two columns, old name and new name, separated by a tab, comma, semicolon or white space.
/// Lines that begin with # are skipped. A gene may have several rows.
/// @throws InputError with the line: another number of fields, an empty name; with the file: no rows. IoError as
/// ByteReader.
/// @test tests/unit/io/alias_table_test.cpp
std::vector<GeneNameRow> read_alias_table(const std::filesystem::path& path);

}  // namespace gracevae::impl
