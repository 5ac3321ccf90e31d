#pragma once
/// @file What the page's script reads: one JSON, embedded in the page.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/run_files.hpp"

namespace gracevae::impl {

/// {"format": "gracevae-report/1", "runs": [{name, explanation, predictions}], "curves": [{id, title, x_label,
/// series}], "scores": [{kind, title, metrics, methods}]}; web/src/data.ts has every field. Numbers have five
/// significant digits; what is not finite is null. Predictions are as prediction_panels() has them, but densities in
/// thousandths of the cells.
nlohmann::ordered_json report_data(const std::vector<RunFiles>& runs, const std::string& dataset);

/// JSON that may stand inside <script>: no "<", whatever the names in it are.
std::string script_json(const nlohmann::ordered_json& json);

}  // namespace gracevae::impl
