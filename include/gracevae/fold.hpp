#pragma once
/// @file What a cell is for.
#include <cstdint>

namespace gracevae {

enum class Fold : std::uint8_t { unused, train, validation, test };

}  // namespace gracevae
