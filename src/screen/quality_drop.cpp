#include "screen/quality_drop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/nearest.hpp"

namespace gracevae::impl {

namespace {

const std::string kAuto = "auto";

/// Index of every guide to drop, and why.
std::map<std::int32_t, std::string> guides_to_drop(const Screen& screen, const Guides& guides, const Quality* quality,
                                                   const DropOptions& options) {
  std::map<std::int32_t, std::string> reasons;
  if (options.drop_guides.empty()) return reasons;
  if (!guides.known())
    throw ConfigError({.place = "quality.drop_guides",
                       .found = fmt::format("no guides are known in {}", screen.source)},
                      "name the column of obs that holds them with quality.guide_column");
  std::map<std::string, std::int32_t> index;
  for (std::size_t k = 0; k < guides.names.size(); ++k) index[guides.names[k]] = static_cast<std::int32_t>(k);
  for (const std::string& name : options.drop_guides) {
    if (name == kAuto) continue;
    const auto found = index.find(name);
    if (found == index.end())
      throw InputError({.place = screen.source,
                        .found = fmt::format("obs column '{}' has no guide '{}' (quality.drop_guides)", guides.column,
                                             name)},
                       nearest_hint(name, guides.names));
    reasons[found->second] = "asked for";
  }
  if (std::ranges::find(options.drop_guides, kAuto) == options.drop_guides.end()) return reasons;
  for (std::size_t k = 1; k < quality->labels.size(); ++k)
    for (const GuideQuality& guide : quality->labels[k].guides)
      if (const std::string reason = why_guide_fails(guide); !reason.empty())
        reasons.emplace(index.at(guide.name), reason);
  return reasons;
}

}  // namespace

void DropOptions::bind(OptionTable& table) {
  table.add(
      "quality", "drop_guides", drop_guides,
      "Guides whose cells are left out, by name; auto: those that do not work by the rule of docs/quality.md, for "
      "which the matrix is read into memory. Empty: none.");
  table
      .add("quality", "drop_escapers", drop_escapers,
           "Cells whose probability of being perturbed is below this are left out, of labels where it can be told; the "
           "matrix is read into memory. 0: none. It selects cells by their outcome: see docs/quality.md.")
      .range(0, 1);
}

bool DropOptions::needs_quality() const {
  return drop_escapers > 0 || std::ranges::find(drop_guides, kAuto) != drop_guides.end();
}

std::string why_guide_fails(const GuideQuality& guide) {
  if (guide.n_cells < kFewestGuideCells || !(guide.others_z >= kClearEffect)) return "";
  const bool moves =
      std::ranges::any_of(guide.own_genes, [](const OwnGene& gene) { return gene.p_value < kMovesOwnGene; });
  if (moves) return "";
  const char* const own = guide.own_genes.empty() ? "its own gene is not measured" : "its own gene does not move";
  if (!(guide.z >= kClearEffect))
    return fmt::format("{}, and its effect is not above its error (z {:.1f})", own, guide.z);
  if (guide.agreement.value + 2 * guide.agreement.error < kLeastAgreement)
    return fmt::format("{}, and its effect is another than that of the label's other guides (cosine {:.2f} ± {:.2f})",
                       own, guide.agreement.value, guide.agreement.error);
  return "";
}

Dropped cells_to_drop(const Screen& screen, const Guides& guides, const Quality* quality, const DropOptions& options) {
  GRACEVAE_CHECK(quality || !options.needs_quality(), "the quality of the labels");
  const std::map<std::int32_t, std::string> reasons = guides_to_drop(screen, guides, quality, options);
  Dropped dropped;
  std::map<std::int32_t, std::int64_t> cells_of_guide;
  std::int64_t n_control = 0;
  for (std::size_t i = 0; i < screen.cells.size(); ++i) {
    const std::int32_t guide = guides.known() ? guides.guide_of_cell[i] : -1;
    const std::int32_t regime = screen.regime_of_cell[i];
    if (reasons.contains(guide)) {
      ++cells_of_guide[guide];
      dropped.cells.push_back(static_cast<std::int64_t>(i));
    } else if (options.drop_escapers > 0 && quality->p_perturbed[i] < options.drop_escapers) {  // false for NaN
      ++dropped.escapers[screen.regimes[static_cast<std::size_t>(regime)].label];
      dropped.cells.push_back(static_cast<std::int64_t>(i));
    } else if (regime == 0) {
      ++n_control;
    }
  }
  if (n_control == 0)
    throw InputError({.place = screen.source,
                      .found = "no control cell is left without the guides of quality.drop_guides"},
                     "keep one of control's guides");
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const auto& [guide, reason] : reasons) {
    const auto at = static_cast<std::size_t>(guide);
    const std::string& label = screen.regimes[static_cast<std::size_t>(guides.regime[at])].label;
    dropped.guides.push_back({guides.names[at], label, reason, cells_of_guide[guide]});
    names.push_back(
        {{"guide", guides.names[at]}, {"label", label}, {"cells", cells_of_guide[guide]}, {"reason", reason}});
  }
  dropped.record = nlohmann::ordered_json{{"guide_column", guides.column},
                                          {"drop_guides", options.drop_guides},
                                          {"dropped_guides", names},
                                          {"drop_escapers", options.drop_escapers},
                                          {"dropped_escapers", dropped.escapers},
                                          {"seed", quality ? nlohmann::ordered_json(quality->seed) : nullptr}}
                       .dump();
  return dropped;
}

void leave_out(PrepareLabels& labels, const Dropped& dropped, const std::vector<std::int64_t>& row_of_cell) {
  for (const std::int64_t cell : dropped.cells)
    labels.regime_of_cell[static_cast<std::size_t>(row_of_cell[static_cast<std::size_t>(cell)])] = -1;
  LeftOutCells& left_out = labels.left_out;
  left_out.n_guides = std::ssize(dropped.guides);
  for (const DroppedGuide& guide : dropped.guides) left_out.n_guide_cells += guide.n_cells;
  left_out.n_labels = std::ssize(dropped.escapers);
  for (const auto& [label, n_cells] : dropped.escapers) left_out.n_escapers += n_cells;
  left_out.record = dropped.record;
}

}  // namespace gracevae::impl
