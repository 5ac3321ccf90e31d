#pragma once
/// @file Tables of guides as they stand beside a screen: calls by cell, and the names of the guides of a matrix.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gracevae::impl {

/// A guide that a table gives a cell.
struct GuideCall {
  std::string cell, guide;
  std::int64_t umis = -1;  ///< −1: the table has no counts
  std::int64_t line = 0;   ///< of the file, from 1
};

/// What a table of calls says.
struct GuideCallTable {
  std::string cell_column, guide_column, umi_column;  ///< their names; umi_column "" = none
  std::vector<std::string> cells;                     ///< every cell that the table names, each once, in its order
  std::vector<GuideCall> calls;                       ///< in the table's order
};

/// Reads calls of guides: Cell Ranger's protospacer_calls_per_cell.csv (cell_barcode, num_features, feature_call,
/// num_umis; the guides of a cell and their counts joined by |), or any table with a header line and one row a cell, or
/// one row a cell and guide. Columns are found by name, in any letter case. Guides: feature_call, guide_identity,
/// guide_calls, guides, guide, sgrna, grna, their forms with _id, protospacer or feature. Cells: cell_barcode, barcode,
/// cell, cell_id, cell_name, cb or index, else the first column that is not the guides'. Counts: num_umis, umi_count,
/// umis, umi, n_umis or count. An empty guide, NA, NaN, None, "*", "no call", "unassigned" and "unmapped" are none: the
/// cell is named without a call.
/// @throws InputError with the line: no such columns (lists those there are), another number of fields, an empty cell
///   name, another number of counts than guides, a count that is no whole number from 0, the same guide twice for a
///   cell. IoError as ByteReader.
/// @test tests/unit/io/guide_tables_test.cpp
GuideCallTable read_guide_calls(const std::filesystem::path& path);

/// Names of guides, one a line: the first column of a file without header line. @throws InputError empty names, a name
/// twice, no line.
std::vector<std::string> read_guide_list(const std::filesystem::path& path);

}  // namespace gracevae::impl
