#pragma once
/// @file Opening cells x genes in any file format.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// Opens a screen in any format. A folder: a zarr store, or Matrix Market (matrix_folder.hpp tells which of several
/// matrices). An HDF5 file, in gzip or not: AnnData, 10x .h5, .h5mu or loom, by its content. A .mtx file with its
/// lists. A name that ends in .csv, .tsv or .txt, with or without .gz: a dense table. Only genes stay in `rows` and
/// `var` (keep_genes in feature_types.hpp); other features are in `others`. `options.labels_file` is joined to obs.
/// @throws IoError absent (the nearest names in its folder). @throws InputError a file of another kind (with lines of R
/// or Python that convert it, if known), and the errors of the readers.
/// @throws ConfigError options for another kind of file.
CellSource open_cells(const std::filesystem::path& path, const CellSourceOptions& options);

/// The same with all features: a matrix of guides has no genes.
CellSource open_features(const std::filesystem::path& path, const CellSourceOptions& options);

}  // namespace gracevae::impl
