#pragma once
/// @file The guides of every cell as a column of obs: read from a table of calls, or called from counts.
#include <cstdint>
#include <string>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// Where guides come from: the options of ScreenOptions whose names begin with guide.
struct GuideCallOptions {
  std::string calls;          ///< a table of calls (io/guide_tables.hpp); "" = none
  std::string counts;         ///< features, obsm/NAME, a modality, a file or a folder (guide_counts.hpp); "" = none
  std::string list;           ///< file with the names of the guides, in the order of the counts; "" = none
  std::string rule = "auto";  ///< of counts: threshold, cellranger, poisson-gauss; auto = poisson-gauss
  std::int64_t min_umis = 5;  ///< the least count of a guide that is called, by every rule and of a table's calls
  std::string table;          ///< --guides where it is a file: names, in its order, for a bare matrix; "" = none
};

constexpr const char* kGuideCallsColumn = "guide_calls";
constexpr const char* kGuideNumberColumn = "n_guides";

/// Adds two columns to source.obs, in place of any of the same names: kGuideCallsColumn, the guides of every cell
/// joined by '|' in the order of the counts (of a table of calls: by name), "" for a cell without a call or an
/// ambiguous one (guide_rules.hpp); kGuideNumberColumn, how many they are. Returns lines for people, joined by line
/// ends: the rule and its thresholds, cells with 0, 1, 2 and more guides, what was left out and why, with three
/// examples; "" where neither calls nor counts are given, and obs is as it was.
/// @throws ConfigError calls and counts given together, and as guide_rule_of and find_guide_counts; InputError no cell
///   has a call, and as read_guide_calls, match_cells and find_guide_counts. obs is changed only on success.
/// @test tests/unit/screen/guide_calls_test.cpp
std::string call_guides(CellSource& source, const GuideCallOptions& options);

}  // namespace gracevae::impl
