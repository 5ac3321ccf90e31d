#pragma once
/// @file Cells x genes as a table of text: .csv, .tsv, .txt, plain or gzip.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// Reads a table whose first line names the genes and whose first column names the cells, or the other way round; the
/// header of that column may be anything or missing, as R's write.table leaves it. What stands where is found by
/// dense_layout (io/dense_layout.hpp): genes in rows, cells without names, names in another column. Fields are
/// separated as DelimitedReader tells from the header, with RFC 4180 quotes; numbers have decimal points or, all of
/// them, decimal commas. Left out of the genes, and kept as columns of obs:
/// - a column that has more words than numbers in the first 20 rows, or nothing but gaps (with genes in rows it becomes
/// a
///   column of var);
/// - what is no gene by its name, such as n_counts (is_cell_fact, io/table_names.hpp), or by its values (other_columns,
///   io/table_content.hpp), also as rows.
/// Messages name what was found. Zeros are dropped while reading; the memory is that of the non-zeros, twice that with
/// genes in rows or where columns are left out by their values. The values are in memory afterwards.
/// `options.labels_file` is for join_labels (io/label_table.hpp); here it helps to tell cells from genes.
/// @throws IoError as ByteReader. @throws InputError with line and column: not a number, missing or not finite, another
///   number of fields, names that are empty; no cells, no genes. @throws ConfigError `options.matrix` other than "" and
///   "X".
CellSource open_table(const std::filesystem::path& path, const CellSourceOptions& options);

}  // namespace gracevae::impl
