#pragma once
/// @file Numbers as panels show them: few digits, and a distribution in few numbers.
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

namespace gracevae::impl {

/// The nearest number of this many significant digits; null for NaN and infinity. Whole numbers come without
/// a point.
nlohmann::json short_number(double value, int digits = 4);

/// {"quantiles", "zero", "density", "low", "high"} as prediction_panels says; null for no values.
nlohmann::json distribution(std::span<const float> values, double low, double high);

}  // namespace gracevae::impl
