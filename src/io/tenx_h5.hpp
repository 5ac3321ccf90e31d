#pragma once
/// @file 10x .h5: the matrix that Cell Ranger writes beside its folders, of version 2 and of version 3 and later. Only
/// for src/io.
#include <memory>

#include "io/cell_source.hpp"
#include "io/hdf5.hpp"

namespace gracevae::impl {

/// Whether a file is one: a group of barcodes, indptr, indices and data beside features (v3: /matrix) or genes (v2: a
/// group a genome).
bool is_tenx_h5(const hdf5::File& file);

/// Opens one: obs are the barcodes; var the ids as the index, gene_symbols, and of version 3 feature_types, genome and
/// the other lists of features. Rows are read block by block. Version 2: `options.matrix` names the genome where there
/// are several.
/// @throws InputError lists of other lengths than `shape` says, several genomes and none named, and what compressed
///   rows of a .h5ad can have; with file and HDF5 path. @throws ConfigError another matrix than there is.
/// @test tests/unit/io/tenx_h5_test.cpp
CellSource open_tenx_h5(const std::shared_ptr<const hdf5::File>& file, const CellSourceOptions& options);

}  // namespace gracevae::impl
