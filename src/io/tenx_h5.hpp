#pragma once
/// @file 10x .h5, as Cell Ranger version 2, 3 and later write it. Only for src/io.
#include <memory>

#include "io/cell_source.hpp"
#include "io/hdf5.hpp"

namespace gracevae::impl {

/// Whether a file is a 10x .h5: a group with barcodes, indptr, indices, data and features (v3: /matrix) or genes (v2:
/// one group per genome).
bool is_tenx_h5(const hdf5::File& file);

/// Opens a 10x .h5: obs has the barcodes; var the ids as the index, gene_symbols and, in version 3, feature_types,
/// genome and the other feature lists. Rows are read block by block. Version 2: `options.matrix` selects the genome if
/// there are several.
/// @throws InputError lists whose lengths contradict `shape`, several genomes and none selected, and the errors of
/// compressed rows; with file and HDF5 path. @throws ConfigError no such matrix.
/// @test tests/unit/io/tenx_h5_test.cpp
CellSource open_tenx_h5(const std::shared_ptr<const hdf5::File>& file, const CellSourceOptions& options);

}  // namespace gracevae::impl
