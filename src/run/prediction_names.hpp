#pragma once
/// @file Names in predictions.h5ad that both its writer and its readers know. Plain C++.

namespace gracevae::impl {

/// varm [genes, conditions]: the mean of what a condition's cells are expected to be, over many control cells.
inline constexpr const char* kExpectedMeans = "gracevae_expected";
/// uns: the conditions of its columns, and over how many control cells each is.
inline constexpr const char* kExpectedConditions = "gracevae/expected_conditions";
inline constexpr const char* kExpectedCells = "gracevae/expected_cells";

}  // namespace gracevae::impl
