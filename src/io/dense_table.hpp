#pragma once
/// @file Cells x genes as a table of text: .csv, .tsv, .txt, plain or gzip.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// Reads a table whose first line names the genes and whose first column names the cells, or vice versa; the header of
/// that column may be anything or missing, as from R's write.table. dense_layout (io/dense_layout.hpp) detects genes in
/// rows, cells without names, and names in another column. DelimitedReader finds the separator; quotes by RFC 4180;
/// numbers have decimal points or, all of them, decimal commas. Not genes, but kept as columns of obs:
/// - a column with more words than numbers in the first 20 rows, or only missing values (with genes in rows a column of
///   var);
/// - what is not a gene by its name, such as n_counts (is_cell_fact, io/table_names.hpp), or by its values
///   (other_columns, io/table_content.hpp), also in rows.
/// Messages name what was found. Values are read into memory without zeros, with twice that memory at the peak for
/// genes in rows or if columns are left out by their values. `options.labels_file` is for join_labels
/// (io/label_table.hpp); here it helps to tell cells from genes.
/// @throws IoError as ByteReader. @throws InputError with line and column: not a number, missing or not finite, another
///   number of fields, names that are empty; no cells, no genes. @throws ConfigError `options.matrix` other than "" and
///   "X".
CellSource open_table(const std::filesystem::path& path, const CellSourceOptions& options);

}  // namespace gracevae::impl
