#pragma once
/// @file A table of guides and their targets.
#include <filesystem>
#include <string>
#include <vector>

namespace gracevae::impl {

struct GuideRow {
  std::string guide, target;
  std::string id;  ///< its other name, if the table has a column id beside the names; else ""
};

/// Reads a table of guides (CSV or TSV, plain or gzip), in file order: the columns called guide, sgRNA, grna_id, id,
/// name, … and target, gene, grna_target, target_gene_name, … (in any case), as in Cell Ranger's feature reference;
/// else both columns of a table of two, with or without a header.
/// @throws InputError with the line: no such columns, an empty name, a guide with two targets. @throws IoError as
/// ByteReader.
/// @test tests/unit/io/guide_table_test.cpp
std::vector<GuideRow> read_guide_table(const std::filesystem::path& path);

}  // namespace gracevae::impl
