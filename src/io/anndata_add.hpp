#pragma once
/// @file New entries in a .h5ad that is there.
#include <filesystem>

#include "io/anndata.hpp"

namespace gracevae::impl {

/// What is added to a file that is there.
struct AnnDataAdditions {
  NamedMatrices obsm = {}, varm = {};  ///< as many rows as the file has cells, genes
  Uns uns = {};
};

/// Adds entries to a .h5ad, atomically: a copy is completed and takes the file's name. Entries of these names are
/// replaced (of `uns` the whole dictionary "pca" where there is a "pca/variance"); all else stays as it is.
/// @throws InputError a file before anndata 0.7, whose obsm is a table. IoError: in gzip, not writable, disk full.
/// @test tests/unit/io/anndata_add_test.cpp
void add_to_anndata(const std::filesystem::path& path, const AnnDataAdditions& additions);

}  // namespace gracevae::impl
