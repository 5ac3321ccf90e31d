#pragma once
/// @file One door for every file format of cells x genes.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// Opens a screen by what it is. A folder: a zarr store, or Matrix Market (matrix_folder.hpp says which of several
/// matrices in it). A file that begins as HDF5 does, in gzip or not: AnnData, 10x .h5, .h5mu or loom, told by what it
/// holds. A .mtx file with its lists. A name that ends in .csv, .tsv or .txt, with or without .gz: a dense table.
/// Only genes stay in `rows` and `var` (keep_genes in feature_types.hpp); what else was counted is in `others`.
/// `options.labels_file` is joined to obs.
/// @throws IoError absent (the nearest names in its folder). @throws InputError a file of none of these kinds, one that
/// we do not read (with the lines of R or Python that make a readable one), and what the readers throw.
/// @throws ConfigError options that are for another kind of file.
CellSource open_cells(const std::filesystem::path& path, const CellSourceOptions& options);

/// The same with all features, whatever they are: a matrix of guides has no genes.
CellSource open_features(const std::filesystem::path& path, const CellSourceOptions& options);

}  // namespace gracevae::impl
