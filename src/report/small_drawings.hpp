#pragma once
/// @file Small static drawings of a condition, for print and pages without the script. Dots of one kind are one path,
/// so that hundreds of conditions stay small. Colours come from the style sheet.
#include <nlohmann/json.hpp>
#include <string>

namespace gracevae::impl {

/// Predicted (up) against observed (right) means of the genes of a condition of prediction_panels(), DE genes apart,
/// and the diagonal.
std::string scatter_drawing(const nlohmann::json& condition);

/// Densities over control, observed and predicted cells of one gene, an entry of "distributions".
std::string density_drawing(const nlohmann::json& distribution, const std::string& gene);

/// The map of cells: three paths with the ids `id`-0 … 2 by source, which condition_map_drawing refers to. `embedding`
/// as prediction_panels() has it.
std::string map_drawing(const nlohmann::json& embedding, const std::string& id);
/// The cells of one condition over all others.
std::string condition_map_drawing(const nlohmann::json& embedding, const std::string& id, const std::string& condition);

}  // namespace gracevae::impl
