#pragma once
/// @file What a screen's file says of a logarithm taken before it was written.
#include <filesystem>
#include <optional>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// The base of the logarithm that scanpy's pp.log1p notes in uns/log1p of a .h5ad or a mapped folder, of a zarr store
/// or of the chosen modality of a .h5mu; e where it names none. nullopt for files without the note and for other
/// formats.
/// @throws as open_cells. @test tests/unit/io/log1p_base_test.cpp
std::optional<double> log1p_base_of(const std::filesystem::path& path, const CellSourceOptions& options);

}  // namespace gracevae::impl
