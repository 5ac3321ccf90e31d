#pragma once
/// @file Adding entries to an existing .h5ad.
#include <filesystem>

#include "io/anndata.hpp"

namespace gracevae::impl {

/// What is added.
struct AnnDataAdditions {
  NamedMatrices obsm = {}, varm = {};  ///< as many rows as the file has cells or genes
  Uns uns = {};
};

/// Adds entries to a .h5ad, atomically: a copy is completed and renamed. Entries of the same name are replaced (in
/// `uns` the whole dictionary "pca" for "pca/variance"); all else stays unchanged.
/// @throws InputError a file before anndata 0.7, whose obsm is a table. IoError: in gzip, not writable, disk full.
/// @test tests/unit/io/anndata_add_test.cpp
void add_to_anndata(const std::filesystem::path& path, const AnnDataAdditions& additions);

}  // namespace gracevae::impl
