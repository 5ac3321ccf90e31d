#pragma once
/// @file Labels of cells from a table of their own, joined by cell name.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae {

/// Joins a table with a header line (CSV or TSV, plain or gzip; separator and quotes as DelimitedReader) to source.obs.
/// The cell names stand in a column named barcode, cell_barcode, cell, cell_id or index (in any case), or in the first;
/// of several such the one that names most cells. Every other column becomes a column of obs, in file order, in place
/// of one of the same name: whole numbers, else numbers (gaps are NaN), when every value of it is one; else text. Cells
/// without a row get "" or NaN; rows without a cell are counted. Both are told in a message.
/// Memory: the table as text.
/// @throws InputError: no row names a cell of the matrix (shows the first names of both, and whether a suffix such as
///   "-1" is what parts them); a cell named in two rows, or twice in the matrix; an empty cell name; a column name
///   twice; lines of another number of fields; no header line. Each with file and line. @throws IoError as ByteReader.
void join_labels(CellSource& source, const std::filesystem::path& file);

}  // namespace gracevae
