#pragma once
/// @file Loom: a dense matrix of genes x cells in HDF5, with lists of genes and of cells. Only for src/io.
#include <memory>

#include "io/cell_source.hpp"
#include "io/hdf5.hpp"

namespace gracevae::impl {

/// Whether a file is a loom: it has /matrix, /row_attrs and /col_attrs.
bool is_loom(const hdf5::File& file);

/// Opens a loom. Cells are named by the first of CellID, obs_names, cell_names, barcode, barcodes and Cell in
/// /col_attrs, else "1", "2", … with a message. Genes have Accession as the index and Gene as gene_symbols if both
/// exist, else the first of Gene, var_names, gene_names, Accession and gene_ids. All other one-dimensional lists become
/// columns of obs and var. `options.matrix`: X or layers/NAME. The matrix is transposed block by block, some 32 MiB at
/// a time; ascending order of cells is cheapest.
/// @throws InputError lists of another length than the matrix, no names of genes, values that are not finite; with file
///   and HDF5 path. @throws ConfigError no such matrix.
/// @test tests/unit/io/loom_test.cpp
CellSource open_loom(const std::shared_ptr<const hdf5::File>& file, const CellSourceOptions& options);

}  // namespace gracevae::impl
