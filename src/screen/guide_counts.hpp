#pragma once
/// @file Counts of guides for the cells of a screen, from any source.
#include <string>
#include <vector>

#include "io/cell_source.hpp"

namespace gracevae::impl {

struct GuideCallOptions;

/// Counts for the cells of a screen.
struct GuideCounts {
  CsrMatrix<float> counts;          ///< [cells of the screen, guides]: whole numbers from 0, zeros not stored
  std::vector<std::string> guides;  ///< names without repeats
  std::string place;                ///< as messages name them
  std::vector<std::string> said;    ///< what was decided: which names, how cells were matched
};

/// Whether features of this type are guides: guide, crispr, grna, protospacer or gdo stand in it.
bool is_guide_type(const std::string& type);

/// The counts that `options.counts` names:
/// - "features": of the screen's other features, those of the type CRISPR Guide Capture, else of the only type with
///   guide, crispr, grna, protospacer or gdo in its name;
/// - the type of other features, in any letter case: "obsm/NAME", a modality's name;
/// - a file or folder: a .mtx without lists beside it has a row or a column for each cell of the screen, in its order;
///   all others are opened with open_cells, and cells are matched as match_cells says. Where they hold guides and
///   genes, the guides are taken.
/// Names of guides: `options.list`; of features with ids and names those that `options.table` knows more of, else names
/// where they are unique; of a bare .mtx a list beside it (guide_list_beside), else the order of the table.
/// @throws ConfigError no such entry (nearest names), several that fit; InputError counts that are not whole numbers
///   from 0 (with cell and guide), another number of names than guides, guides without names, and as match_cells,
///   read_guide_matrix and open_cells.
/// @test tests/unit/screen/guide_counts_test.cpp
GuideCounts find_guide_counts(const CellSource& source, const GuideCallOptions& options);

}  // namespace gracevae::impl
