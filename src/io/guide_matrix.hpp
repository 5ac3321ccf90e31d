#pragma once
/// @file A bare Matrix Market file of guide counts, without lists of cells and guides beside it.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Counts of guides by cell, [cells, guides], and the guides' names.
struct GuideMatrix {
  CsrMatrix<float> counts;
  std::vector<std::string> guides;
  bool guides_in_rows = true;  ///< of the file
};

/// Whether barcodes.tsv and features.tsv or genes.tsv (or .gz) with the prefix of a .mtx file are beside it.
bool has_lists_beside(const std::filesystem::path& matrix);

/// A list of guides beside a .mtx file: of grna.mtx.gz it is grna_guides, grna_features or grna.guides and so on, .txt,
/// .tsv or .csv, perhaps .gz; "" if there is none.
std::filesystem::path guide_list_beside(const std::filesystem::path& matrix);

/// Reads a matrix of guides x cells, or cells x guides: the dimension of size `n_cells` is the cells of the screen, in
/// its order. `name_guides` returns the names for a number of guides and throws if they do not fit, before memory of
/// that size is allocated. @throws InputError if neither dimension, or both, fit the cells; as MatrixMarketReader.
/// @test tests/unit/io/guide_matrix_test.cpp
GuideMatrix read_guide_matrix(const std::filesystem::path& matrix, std::int64_t n_cells,
                              const std::function<std::vector<std::string>(std::int64_t n_guides)>& name_guides);

}  // namespace gracevae::impl
