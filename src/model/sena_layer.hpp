#pragma once
/// @file The gene sets of the SENA layer. Plain C++: the cost estimate includes it too.
#include <cstdint>

namespace gracevae::impl {

/// Gene sets with fewer measured genes get no unit.
inline constexpr std::int64_t kLeastGenesOfUnit = 5;

}  // namespace gracevae::impl
