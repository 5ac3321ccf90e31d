#pragma once
/// @file Labels of cells from separate tables, joined by cell name or by order.
#include <filesystem>
#include <string>
#include <vector>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// The files named by an option for tables of labels: the whole text if that is a file or has no comma, else a
/// comma-separated list.
std::vector<std::filesystem::path> label_files(const std::string& files);

/// The same list with absolute paths; "" stays "".
std::string absolute_label_files(const std::string& files);

/// Joins tables with a header line (CSV or TSV, plain or gzip; separator and quotes as DelimitedReader) to source.obs,
/// one after the other; `files` as label_files. Cell names are in a column named barcode, cell_barcode, cell, cell_id
/// or index (in any case), or in the first; of several, in the one that matches most cells; if none does, in a column
/// without repeats that does. Every other column becomes a column of obs, in file order, replacing one of the same
/// name; numbers as typed_column (io/typed_column.hpp). Cells without a row get "" or NaN; a message counts them and
/// the rows without a cell.
///
/// `cell_names`:
/// - "auto": by name. If less than half of the cells and of the rows match, names are compared under the first of
///   name_changes (io/cell_names.hpp) that makes 95 % of the rows or cells match without duplicates; a message gives
///   the change and an example. Cells that are just numbered ("1" to "n") are joined by order if the table has as many
///   rows and does not number them.
/// - "exact": by unchanged name.
/// - "order": row i is cell i. The column of names may be missing and, if there is a record per cell, the header; a
///   single column is then named after the file. If a column names the cells, they must be in the same order.
/// - anything else: an Expression whose first group is compared.
///
/// All tables are read before obs is changed. Memory: one table as text.
/// @throws InputError: no row names a cell of the matrix (shows names of both, and how they would fit); a cell named in
///   two rows, or twice in the matrix; two names with one group; other numbers of rows and cells with "order"; an empty
///   cell name; a column name twice; lines of another number of fields; no header line. Each with file and line.
/// @throws ConfigError `cell_names` is no expression. @throws IoError as ByteReader.
/// @test tests/unit/io/label_table_test.cpp
void join_labels(CellSource& source, const std::string& files, const std::string& cell_names = "auto");

}  // namespace gracevae::impl
