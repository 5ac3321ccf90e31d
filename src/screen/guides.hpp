#pragma once
/// @file The guide of every cell: which of several guides against one gene it got.
#include <cstdint>
#include <string>
#include <vector>

#include "base/options.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// Section [quality].
struct GuideOptions {
  std::string guide_column = "auto";  ///< column of obs; "auto" = find it, "none" = do without
  std::int64_t quality_seed = 0;      ///< of folds and bootstrap draws

  void bind(OptionTable& table);
};

/// Guides of a screen's cells. Every guide belongs to one label.
struct Guides {
  std::string column;                       ///< of obs; "" = none are known
  std::vector<std::string> names;           ///< by regime, then by name
  std::vector<std::int32_t> regime;         ///< of every guide
  std::vector<std::int32_t> guide_of_cell;  ///< index into names, −1 for a cell without one; empty where none are known

  bool known() const { return !column.empty(); }
};

/// Columns of obs that may hold the guides: the one asked for, or for "auto" those of the usual names (guide, guide_id,
/// guide_identity, sgRNA, gRNA, … in any case) in that order, or none. InputError for a column that is absent (nearest
/// names); `file` is how messages name the screen.
std::vector<std::string> guide_columns(const DataFrame& obs, const std::string& asked, const std::string& file);

/// The guides in a column that the screen keeps (Screen::kept). Blank cells and NaN have none. InputError where a guide
/// has cells of two labels, naming both.
Guides guides_of(const Screen& screen, const std::string& column);

/// The first of the columns whose guides each belong to one label and of which some label has two; for "auto". Empty
/// where no column is such.
Guides find_guides(const Screen& screen, const std::vector<std::string>& columns);

/// A screen and its guides.
struct GuidedScreen {
  Screen screen;
  Guides guides;
};
/// load_screen, keeping the columns that may hold guides. Errors as load_screen, guide_columns and guides_of.
/// @test tests/unit/screen/guides_test.cpp
GuidedScreen load_guided_screen(const ScreenOptions& options, const GuideOptions& guides);
/// The guides of a screen that was read with guide_columns() kept.
Guides chosen_guides(const Screen& screen, const std::vector<std::string>& columns, const std::string& asked);

}  // namespace gracevae::impl
