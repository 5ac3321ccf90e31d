#pragma once
/// @file Names in predictions.h5ad that both its writer and its readers know. Plain C++.

#include <string>

namespace gracevae::impl {

/// varm [genes, conditions]: the mean of what a condition's cells are expected to be, over many control cells.
inline constexpr const char* kExpectedMeans = "gracevae_expected";
/// uns: the conditions of its columns, and over how many control cells each is.
inline constexpr const char* kExpectedConditions = "gracevae/expected_conditions";
inline constexpr const char* kExpectedCells = "gracevae/expected_cells";

/// A condition's column of the cells of one stratum (screen/covariates.hpp): "KLF1 in treatment=stimulated".
inline std::string expected_name(const std::string& condition, const std::string& stratum) {
  return condition + " in " + stratum;
}

}  // namespace gracevae::impl
