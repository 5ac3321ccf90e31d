#pragma once
/// @file AnnData as a zarr store of version 2 in a folder. Only for src/io.
#include <filesystem>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// Whether a folder is a zarr store of version 2.
bool is_zarr(const std::filesystem::path& folder);

/// Opens a store: its arrays are copied, chunk by chunk, into a temporary .h5ad ($TMPDIR), which is then read with the
/// same checks and errors as any other; uns, obsp, varm and varp are left out. Chunks may be plain, zlib, gzip or, if
/// libblosc.so.1 is installed, blosc; values little-endian booleans, integers and reals, and strings (vlen-utf8, or
/// fixed-length).
/// @throws InputError another compressor, filter, type or version (with the line of Python that makes a .h5ad), damaged
///   metadata, chunks of the wrong size; with the array's file. @throws IoError unreadable files, too little room for
///   the copy.
/// @test tests/unit/io/zarr_test.cpp
CellSource open_zarr(const std::filesystem::path& folder, const CellSourceOptions& options);

}  // namespace gracevae::impl
