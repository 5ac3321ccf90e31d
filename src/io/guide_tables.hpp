#pragma once
/// @file Tables of guides that come with a screen: calls by cell, and the names of a matrix's guides.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gracevae::impl {

/// A guide assigned to a cell.
struct GuideCall {
  std::string cell, guide;
  std::int64_t umis = -1;  ///< −1: no counts in the table
  std::int64_t line = 0;   ///< of the file, from 1
};

/// The content of a table of calls.
struct GuideCallTable {
  std::string cell_column, guide_column, umi_column;  ///< their names; umi_column "" = none
  std::vector<std::string> cells;                     ///< every cell of the table once, in table order
  std::vector<GuideCall> calls;                       ///< in table order
};

/// Reads calls of guides: Cell Ranger's protospacer_calls_per_cell.csv (cell_barcode, num_features, feature_call,
/// num_umis; the guides of a cell and their counts joined by |), or any table with a header line and one row a cell, or
/// one row a cell and guide. Columns are found by name, in any letter case. Guides: feature_call, guide_identity,
/// guide_calls, guides, guide, sgrna, grna, their forms with _id, protospacer or feature. Cells: cell_barcode, barcode,
/// cell, cell_id, cell_name, cb or index, else the first column other than the guides'. Counts: num_umis, umi_count,
/// umis, umi, n_umis or count. An empty guide, NA, NaN, None, "*", "no call", "unassigned" and "unmapped" mean none:
/// the cell is listed without a call.
/// @throws InputError with the line: no such columns (lists the others), a wrong number of fields, an empty cell name,
/// a different number of counts and guides, a count that is not a whole number from 0, the same guide twice for a cell.
/// IoError as ByteReader.
/// @test tests/unit/io/guide_tables_test.cpp
GuideCallTable read_guide_calls(const std::filesystem::path& path);

/// Names of guides, one a line: the first column of a file without header line. @throws InputError empty names, a name
/// twice, no line.
std::vector<std::string> read_guide_list(const std::filesystem::path& path);

}  // namespace gracevae::impl
