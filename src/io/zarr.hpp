#pragma once
/// @file AnnData as a zarr store of version 2 in a folder. Only for src/io.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// Whether a folder is a zarr store of version 2.
bool is_zarr(const std::filesystem::path& folder);

/// Opens one: its arrays are copied, chunk by chunk, into a nameless temporary .h5ad ($TMPDIR), which is then read as
/// any other, with the same checks and errors; uns, obsp, varm and varp are left out. Chunks may be plain, zlib, gzip,
/// or blosc where libblosc.so.1 is installed; values booleans, whole numbers and reals of little end, and strings
/// (vlen-utf8, or of fixed length).
/// @throws InputError another compressor, filter, type or version (with the line of Python that makes a .h5ad), damaged
///   metadata, chunks that are shorter or longer than they must be; with the array's file. @throws IoError unreadable
///   files, no room for the copy.
/// @test tests/unit/io/zarr_test.cpp
CellSource open_zarr(const std::filesystem::path& folder, const CellSourceOptions& options);

}  // namespace gracevae::impl
