#pragma once
/// @file Recognises screens in formats that we do not read, and says how to convert them. Only for src/io.
#include <filesystem>

namespace gracevae::impl {

/// Throws for a file or folder whose name says that it is R's (.rds, .RData, .h5seurat), a zipped or version 3 zarr
/// store, an Excel sheet, Parquet or an archive.
/// @throws InputError what it is, with the lines of R or Python that make something readable.
/// @test tests/unit/io/open_cells_test.cpp
void refuse_foreign_files(const std::filesystem::path& path);

}  // namespace gracevae::impl
