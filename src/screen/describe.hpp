#pragma once
/// @file What `gracevae inspect` says of a screen: everything that was understood, as numbers and as text.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "screen/screen.hpp"

namespace gracevae::impl {

/// What a matrix seems to hold, judged by its stored values only.
enum class ValueScale {
  counts,    ///< whole numbers from 0, some above 1
  log1p,     ///< from 0 to at most 20, not whole: log(1 + x) of 10⁸ is 18.4
  linear,    ///< from 0, not whole, some above 20: normalised but not logarithmised
  negative,  ///< some below 0: scaled or corrected values
  binary     ///< only 0 and 1
};
const char* scale_name(ValueScale scale);

struct ValueSummary {
  std::int64_t n_nonzero = 0;
  double fraction_nonzero = 0;
  float smallest = 0, largest = 0;  ///< zeros that are not stored included
  bool whole = false;               ///< every value is a whole number
  ValueScale scale = ValueScale::log1p;
};
ValueSummary summarise_values(const StoredValues& values, std::int64_t n_rows, std::int64_t n_cols);

/// Regimes and cells with one number of targets.
struct KindCount {
  std::int64_t n_regimes = 0, n_cells = 0;
};

struct ScreenSummary {
  std::int64_t n_cells = 0, n_genes = 0;
  ValueSummary values;
  std::string gene_names;                 ///< kind of the names that networks are matched against
  KindCount control, single, two, more;   ///< by number of targets
  std::int64_t n_targets = 0;             ///< distinct
  std::vector<std::string> not_measured;  ///< targets that are no gene of the screen, by name
  std::int64_t n_combined = 0,
               n_combined_known = 0;  ///< regimes of several targets; those with a single for every target
  std::vector<std::pair<std::string, std::int64_t>> regimes;  ///< label and cells, in the screen's order
};
/// Cost: one pass over the values.
ScreenSummary summarise_screen(const Screen& screen);

/// Whether a matrix that could have been chosen is the one that was read: "raw" where that is raw, raw/X or raw.X.
bool is_read(const std::string& read, const std::string& matrix);

/// Targets that are no gene of the screen, sorted.
std::vector<std::string> unmeasured_targets(const Screen& screen);

/// "30 of 31 targets are not measured as genes: BPGM (nearest genes: CPM), …", "" when all are.
std::string unmeasured_text(const Screen& screen);

/// Text: file and matrix, cells x genes, what the values are, gene names' source, how labels are read, cells and
/// regimes of each kind, targets measured, the regimes and their sizes (all when at most 40, else the first and the
/// smallest), warnings.
std::string describe_screen(const Screen& screen, const ScreenSummary& summary);
/// The same for machines; docs/formats.md has every key.
nlohmann::ordered_json screen_json(const Screen& screen, const ScreenSummary& summary);

}  // namespace gracevae::impl
