#pragma once
/// @file What `gracevae inspect` prints: everything that was understood of a screen.
#include <string>

#include "screen/screen.hpp"

namespace gracevae {

/// Text: file and encoding, cells x genes, share of non-zeros and value range, gene names' source, label dialect,
/// counts of cells and regimes per kind (control, single, double, more), the regimes and their sizes (all when at most
/// 40, else the first and the smallest), warnings.
std::string describe_screen(const Screen& screen);

}  // namespace gracevae
