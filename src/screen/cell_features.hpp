#pragma once
/// @file What is known of the control cells besides their genes: an embedding, or activities of pathways.
#include <string>
#include <vector>

#include "base/options.hpp"
#include "screen/screen.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Section [features].
struct CellFeatureOptions {
  std::string embedding;       ///< key in obsm; "" = none
  std::string embedding_file;  ///< .h5ad that holds it; "" = the screen's own
  std::string pathway_file;    ///< cells x pathways, any format that a screen can have; "" = none

  void bind(OptionTable& table);
  /// ConfigError: a file for an embedding without its key.
  void validate() const;
};

/// One row for every control cell: the model encodes no others.
struct CellFeatures {
  Matrix<float> values;                   ///< [control cells, k]; no columns where there are none
  std::vector<std::int64_t> row_of_cell;  ///< [cells of the screen], −1 for cells that are not control

  std::int64_t width() const { return values.n_cols; }
};

/// The embedding of the options' key, its rows matched to the screen's cells by name. InputError: no such key in obsm
/// (the nearest are named), cells of the screen that are missing (the first few and how many), a name twice, a value
/// that is not finite. Empty without a key.
/// @test tests/unit/screen/cell_features_test.cpp
CellFeatures read_embedding(const CellFeatureOptions& options, const Screen& screen);

/// Values of the pathway nodes `ids`, from a matrix whose rows are cells and whose columns are named by pathway ids; a
/// pathway without a column has 0, with a warning. Errors as above, and where no column is a pathway. Empty without a
/// file.
CellFeatures read_pathway_values(const CellFeatureOptions& options, const Screen& screen,
                                 const std::vector<std::string>& ids);

}  // namespace gracevae::impl
