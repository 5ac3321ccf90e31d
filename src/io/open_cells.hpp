#pragma once
/// @file One door for every file format of cells x genes.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae {

/// Opens a screen by what it is: a folder or a .mtx file is Matrix Market; a file that begins as HDF5 does is AnnData;
/// a name that ends in .csv, .tsv or .txt, with or without .gz, is a dense table. `options.labels_file` is joined to
/// obs.
/// @throws IoError absent (the nearest names in its folder). @throws InputError a file of none of these kinds, and what
/// the readers throw.
CellSource open_cells(const std::filesystem::path& path, const CellSourceOptions& options);

}  // namespace gracevae
