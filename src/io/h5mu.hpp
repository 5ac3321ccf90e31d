#pragma once
/// @file MuData .h5mu: several AnnData of the same cells in one HDF5 file. Only for src/io.
#include <memory>
#include <string>

#include "io/cell_source.hpp"
#include "io/hdf5.hpp"

namespace gracevae::impl {

/// Whether a file is one: a group /mod.
bool is_h5mu(const hdf5::File& file);

/// The group of the chosen modality: "/mod/rna". Errors as open_h5mu.
std::string h5mu_root(const hdf5::File& file, const std::string& modality);

/// Opens the modality `options.modality` ("": rna, else the only one whose features are genes) as a .h5ad is opened;
/// columns of the common /obs that the modality lacks are joined by cell name. Every other modality becomes an entry of
/// `others` with its name as the type, and a second one if all its features have one type, such as "CRISPR Guide
/// Capture". Their rows are in the order of the chosen cells; cells that a modality lacks have zeros, and a message
/// says how many.
/// @throws InputError no such modality, or several candidates (listed), and as open_anndata.
/// @test tests/unit/io/h5mu_test.cpp
CellSource open_h5mu(const std::shared_ptr<const hdf5::File>& file, const CellSourceOptions& options);

}  // namespace gracevae::impl
