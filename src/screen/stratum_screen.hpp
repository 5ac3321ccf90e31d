#pragma once
/// @file The cells of one stratum of the covariates as a screen of its own.
#include <cstdint>
#include <vector>

#include "screen/screen.hpp"

namespace gracevae::impl {

/// Its conditions are those with cells in the stratum, control always first; it has no covariates.
struct StratumScreen {
  Screen screen;
  std::vector<std::int64_t> row;  ///< of each cell of the whole screen, −1 where it is of another stratum
};
/// A copy of the stratum's cells.
StratumScreen stratum_screen(const Screen& screen, std::int32_t stratum);

}  // namespace gracevae::impl
