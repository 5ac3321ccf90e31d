#pragma once
/// @file What the SENA layer takes from gene sets. Plain C++: the estimate of cost reads it too.
#include <cstdint>

namespace gracevae::impl {

/// Gene sets with fewer measured genes make no unit of the layer.
inline constexpr std::int64_t kLeastGenesOfUnit = 5;

}  // namespace gracevae::impl
