#pragma once
/// @file A screen as a folder of plain arrays: cells.gvpack (io/packed_rows.hpp) and names.h5, an AnnData file of obs
/// and var without values.
#include <filesystem>
#include <memory>

#include "io/cell_source.hpp"
#include "io/packed_rows.hpp"

namespace gracevae::impl {

/// Whether a folder is one.
bool is_mapped_cells(const std::filesystem::path& folder);

/// Opens it; values are mapped. @throws InputError damaged, or files that do not belong together; IoError
CellSource open_mapped_cells(const std::filesystem::path& folder);

/// The mapping behind a reader, nullptr if it reads something else.
std::shared_ptr<const PackedRows> mapped_rows(const RowReader& rows);

/// Writes the folder, which must not exist. Errors as PackedRows::write; InputError names of another number.
/// @test tests/unit/io/mapped_cells_test.cpp
void write_mapped_cells(const std::filesystem::path& folder, RowReader& rows, DataFrame obs, DataFrame var);

}  // namespace gracevae::impl
