#pragma once
/// @file Guides that do nothing and cells that were not perturbed, left out when a screen is prepared.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "screen/prepare.hpp"
#include "screen/quality.hpp"

namespace gracevae::impl {

/// Section [quality]: what prepare leaves out. Nothing by default.
struct DropOptions {
  std::vector<std::string> drop_guides;  ///< names; "auto" = those of why_guide_fails()
  double drop_escapers = 0;              ///< cells with P(perturbed) below it; 0 = none

  void bind(OptionTable& table);
  bool any() const { return !drop_guides.empty() || drop_escapers > 0; }
  /// The values have to be looked at: names alone need none.
  bool needs_quality() const;
};

inline constexpr std::int64_t kFewestGuideCells = 20;  ///< of a guide that is judged
inline constexpr double kMovesOwnGene = 0.05;          ///< p-value
inline constexpr double kLeastAgreement = 0.5;

/// The rule of `--drop-guides auto`: why this guide of a label is taken for one that does not work, "" where it is
/// kept. It fails where all of these hold:
/// - it has at least kFewestGuideCells cells;
/// - the label's other guides, taken together, have a clear effect (z ≥ kClearEffect): without one nothing says that
///   the guide fails rather than that the gene does nothing;
/// - no own gene moves (p < kMovesOwnGene in either direction), or none is measured;
/// - its own effect is not clear (z < kClearEffect), or it disagrees: agreement + 2 errors < kLeastAgreement.
/// @test tests/unit/screen/quality_drop_test.cpp
std::string why_guide_fails(const GuideQuality& guide);

struct DroppedGuide {
  std::string guide, label, reason;
  std::int64_t n_cells = 0;
};

/// What was left out.
struct Dropped {
  std::vector<DroppedGuide> guides;
  std::map<std::string, std::int64_t> escapers;  ///< cells by label, those of dropped guides not counted again
  std::vector<std::int64_t> cells;               ///< of the screen, ascending
  std::string record;                            ///< JSON for uns/gracevae_quality
};

/// The cells to leave out. `quality` may be null unless needs_quality(). ConfigError: guides are asked for, but none
/// are known; InputError: a guide that is not there (nearest names), or no control cell would be left.
Dropped cells_to_drop(const Screen& screen, const Guides& guides, const Quality* quality, const DropOptions& options);

/// Leaves the cells out: their regime becomes −1. `row_of_cell`: rows of the file of the screen's cells.
void leave_out(PrepareLabels& labels, const Dropped& dropped, const std::vector<std::int64_t>& row_of_cell);

}  // namespace gracevae::impl
