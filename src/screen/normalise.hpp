#pragma once
/// @file Cells of different depth made comparable.
#include <span>

namespace gracevae::impl {

inline constexpr double kNaturalBase = 2.718281828459045;

/// Counts of one cell → log(1 + count · target / total), in place; a cell without counts (total 0) stays zero. In
/// double, rounded once.
void normalise_log1p(std::span<float> values, double total, double target);

}  // namespace gracevae::impl
