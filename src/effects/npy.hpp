#pragma once
/// @file NumPy's .npy. Only for src/effects.
#include <filesystem>

#include "effects/effect_table.hpp"

namespace gracevae::impl {

/// As read_named_rows says of .npy.
NamedRows read_npy(const std::filesystem::path& path);

}  // namespace gracevae::impl
