#pragma once
/// @file Gene sets (.gmt) and pairs of names (edge lists, Reactome relations).
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gracevae::impl {

/// One line of a .gmt: name, id, genes.
struct GeneSet {
  std::string name, id;
  std::vector<std::string> genes;
};

/// Reads a .gmt, plain or gzip: tab-separated name, id or URL, genes…. CRLF line ends, trailing tabs and a last line
/// without end are fine; blank lines are skipped. Also read:
/// - a second column that is empty, NA or a dot (Enrichr), or the same description or URL for more than one set: the
///   name is the id of the set;
/// - genes with weights ("KLF1,1.0"): the weight is left out; genes between quotes;
/// - all genes in one cell, joined by commas, semicolons or bars.
/// If given, `how` gets a one-line summary of these, or "".
/// @throws InputError with the line: fewer than 3 columns, no genes, an id (or a name that stands for it) that repeats;
/// with the file: no gene sets. IoError as ByteReader.
/// @test tests/unit/io/gene_sets_test.cpp
std::vector<GeneSet> read_gmt(const std::filesystem::path& path, std::string* how = nullptr);

/// The content of a .gmt.
struct GmtFile {
  std::filesystem::path path;
  std::vector<GeneSet> sets;
  std::string how;  ///< as read_gmt gives it
};
/// Several .gmt files, in this order.
/// @throws InputError as read_gmt; and with both files: an id that two of them have.
std::vector<GmtFile> read_gmt_files(const std::vector<std::filesystem::path>& paths);
/// All their sets, concatenated.
std::vector<GeneSet> read_gmts(const std::vector<std::filesystem::path>& paths);

/// Reads pairs of names in any form that for_each_edge takes (io/edge_list.hpp), errors as there: parent and child
/// pathways, or the names of protein interactions.
std::vector<std::pair<std::string, std::string>> read_pairs(const std::filesystem::path& path);

void write_gmt(const std::filesystem::path& path, const std::vector<GeneSet>& sets);
void write_pairs(const std::filesystem::path& path, const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace gracevae::impl
