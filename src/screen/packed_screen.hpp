#pragma once
/// @file Packed copies of screens (io/packed_rows.hpp) in a folder, by what they were made from.
#include <filesystem>
#include <memory>

#include "io/packed_rows.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// What is done where the folder holds no copy.
enum class MissingPack { read_screen, make };

/// The copy of a screen's rows in `folder`: regime after regime, within one in an order drawn once, so that any run of
/// rows is a random sample of its regime. Its name is a hash of the source's bytes, the matrix, and which cells are in
/// which regime. nullptr where there is none and none is to be made. `unread` gives cells and regimes. Several
/// processes may ask for one copy at a time: one makes it, the others wait. Errors as PackedRows.
std::shared_ptr<const PackedRows> packed_rows(const UnreadScreen& unread, CellSource& source,
                                              const ScreenOptions& options, MissingPack missing);

}  // namespace gracevae::impl
