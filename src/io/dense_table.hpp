#pragma once
/// @file Cells x genes as a table of text: .csv, .tsv, .txt, plain or gzip.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae {

/// Reads a table whose first line names the genes and whose first column names the cells; the header of that column may
/// be anything or missing, as R's write.table leaves it. Fields are separated as DelimitedReader tells from the header,
/// with RFC 4180 quotes. A column that has more words than numbers in the first 20 rows, or nothing but gaps, becomes a
/// column of obs (text), and a message names them. `options.genes_in_rows`: lines are genes and columns are cells;
/// there are no obs columns then. Zeros are dropped while reading; the memory is that of the non-zeros (twice that with
/// genes in rows). The values are in memory afterwards. `options.labels_file` is for join_labels (io/label_table.hpp).
/// @throws IoError as ByteReader. @throws InputError with line and column: not a number, missing or not finite, another
///   number of fields, names that are empty; no cells, no genes. @throws ConfigError `options.matrix` other than "" and
///   "X".
CellSource open_table(const std::filesystem::path& path, const CellSourceOptions& options);

}  // namespace gracevae
