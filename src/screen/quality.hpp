#pragma once
/// @file Did the perturbations work? Own genes, sizes of effects, agreement between guides, cells that look like
/// control.
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "screen/guides.hpp"
#include "screen/screen.hpp"
#include "stats/measured.hpp"

namespace gracevae::impl {

/// A target that is measured.
struct OwnGene {
  std::string gene;
  Measured ratio;      ///< mean expression over that of control, linear scale; NaN where control has none
  double p_value = 1;  ///< Wilcoxon's test against control, two-sided
  double z = 0;        ///< its score
};

/// The cells of a label, or of one of its guides.
struct GroupQuality {
  std::string name;
  std::int64_t n_cells = 0;
  std::vector<OwnGene> own_genes;
  Measured effect;  ///< ‖mean − mean of control‖ on the log1p scale, without the part that noise alone would give
  double z = std::nan("");  ///< its unbiased square over the error of that: above kClearEffect, the effect is clear
  Measured agreement;       ///< of a guide: cosine of its change with that of the label's other guides; of a label: of
                            ///< its guides with each other
  Measured control_like;    ///< share of cells that look like control
};

struct GuideQuality : GroupQuality {
  double others_z = std::nan("");  ///< z of the label's other guides, taken together
};

struct LabelQuality : GroupQuality {
  double separation = std::nan("");  ///< of the two components, in standard deviations of control's
  std::string no_share;              ///< why control_like is not known, "" where it is
  std::vector<GuideQuality> guides;  ///< by name; of control: each against control's other guides
};

struct Quality {
  std::string source;        ///< file
  std::string values;        ///< what was done to the values first, in a line
  std::string guide_column;  ///< "" = guides are not known
  std::int64_t seed = 0;
  std::vector<LabelQuality> labels;  ///< control, then in the screen's order
  std::vector<double> p_perturbed;   ///< of every cell: P(not like control); NaN where the label's share is not known
  std::vector<std::string> notes;    ///< plain sentences
  std::string stratum;               ///< of the covariates, "" = of all cells
  std::vector<Quality> within;       ///< of every stratum, whose cell-weighted means the labels then are
};

inline constexpr std::int64_t kFewestCells = 10;  ///< of a group whose effect is measured
inline constexpr double kClearEffect = 2;         ///< z
inline constexpr double kLeastSeparation = 2;     ///< below it, a share cannot be told: its error reaches .2
inline constexpr double kMostShareError = 0.2;

/// What docs/quality.md defines, of every label and guide. Values are taken for log1p; counts are normalised to the
/// median total and log1p'd in memory first. Folds and draws depend on the seed and the labels' order only.
///
/// - effect: Σ over genes of (m − c)² less the expected squared error of both means; its error by a jackknife over
///   kFolds folds of the label's and of control's cells, those of a guide dealt evenly;
/// - agreement: unbiased cross products over the geometric mean of unbiased squares; NaN unless both are clear;
/// - control_like: cells are projected on the direction from control to the label (difference of means over variance,
///   of the 50 genes with the largest |t| above 2, shrunk by 1 − 4/t²) that the other folds give; a mixture
///   (stats/normal_mixture.hpp) whose first component is that of control cells, projected in the same way. NaN where
///   the label's effect is not clear, no gene is above 2, the projections of the label's cells are not 4 standard
///   errors above control's, the components are closer than kLeastSeparation or the bootstrap error is above
///   kMostShareError.
///
/// With categorical covariates every stratum is a screen of its own: values are means over the strata that know them,
/// weighted by cells; z are sums weighted so, too, in units of their standard deviation (Stouffer).
///
/// Cost: two passes over the cells, parallel over labels; counts and the control cells are held a second time.
/// @test tests/unit/screen/quality_test.cpp
Quality quality_of(const Screen& screen, const Guides& guides = {}, std::int64_t seed = 0);

/// A table for the terminal: labels, under them their guides, and the notes.
std::string to_text(const Quality& quality);
/// What quality.json says that it is.
inline constexpr const char* kQualityFormat = "gracevae-quality/1";
/// docs/formats.md has every key.
nlohmann::ordered_json quality_json(const Quality& quality);
/// Writes quality_json(). IoError.
void write_quality(const std::filesystem::path& path, const Quality& quality);
/// Writes a table: cell, label, guide ("" = none), p_perturbed (NA = not known). IoError.
void write_cell_quality(const std::filesystem::path& path, const Screen& screen, const Guides& guides,
                        const Quality& quality);

}  // namespace gracevae::impl
