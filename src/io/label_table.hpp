#pragma once
/// @file Labels of cells from tables of their own, joined by cell name or by order.
#include <filesystem>
#include <string>
#include <vector>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// The files that an option for tables of labels names: the whole text where that is a file or has no comma, else what
/// stands between its commas.
std::vector<std::filesystem::path> label_files(const std::string& files);

/// The same files in the same form, each as an absolute path; "" stays "".
std::string absolute_label_files(const std::string& files);

/// Joins tables with a header line (CSV or TSV, plain or gzip; separator and quotes as DelimitedReader) to source.obs,
/// one after the other; `files` as label_files. The cell names stand in a column named barcode, cell_barcode, cell,
/// cell_id or index (in any case), or in the first; of several such the one that names most cells; where these name
/// none, in the column without repeats that does. Every other column becomes a column of obs, in file order, in place
/// of one of the same name; numbers as typed_column (io/typed_column.hpp). Cells without a row get "" or NaN; rows
/// without a cell are counted. Both are told in a message.
///
/// `cell_names`:
/// - "auto": by name. Where less than half of the cells and of the rows match, names are compared under the first of
///   name_changes (io/cell_names.hpp) that makes 95 % of the rows or of the cells fit, each once; a message gives the
///   change and an example. Cells that are only numbered ("1" to "n") are joined by order where the table has as many
///   rows and does not number them.
/// - "exact": by name as it stands.
/// - "order": row i is cell i. There may be no column of names and, where there is a record for every cell, no header;
///   a single column is then called after the file. A column that names the cells must have them in the same order.
/// - anything else: an Expression, whose first group is compared.
///
/// All tables are read before obs is changed. Memory: a table as text.
/// @throws InputError: no row names a cell of the matrix (shows names of both, and how they would fit); a cell named in
///   two rows, or twice in the matrix; two names with one group; other numbers of rows and cells with "order"; an empty
///   cell name; a column name twice; lines of another number of fields; no header line. Each with file and line.
/// @throws ConfigError `cell_names` is no expression. @throws IoError as ByteReader.
/// @test tests/unit/io/label_table_test.cpp
void join_labels(CellSource& source, const std::string& files, const std::string& cell_names = "auto");

}  // namespace gracevae::impl
