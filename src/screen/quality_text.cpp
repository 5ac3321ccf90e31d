#include <fmt/format.h>

#include <cmath>

#include "base/files.hpp"
#include "io/lines.hpp"
#include "io/table.hpp"
#include "screen/quality.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

std::string with_error(const Measured& measured) {
  if (!std::isfinite(measured.value)) return "";
  return std::isfinite(measured.error) ? fmt::format("{:.2f} ± {:.2f}", measured.value, measured.error)
                                       : fmt::format("{:.2f}", measured.value);
}

/// "0.14 ± 0.03 (p 2e-51)"; of several targets each with its name.
std::string own_genes_text(const std::vector<OwnGene>& genes) {
  std::string text;
  for (const OwnGene& gene : genes) {
    if (!text.empty()) text += ", ";
    if (genes.size() > 1) text += gene.gene + " ";
    const std::string ratio = with_error(gene.ratio);
    text += fmt::format("{} (p {:.1g})", ratio.empty() ? "n/a" : ratio, gene.p_value);
  }
  return text;
}

std::vector<std::string> row_of(const std::string& label, const std::string& guide, const GroupQuality& group,
                                const std::string& note) {
  return {label,
          guide,
          std::to_string(group.n_cells),
          own_genes_text(group.own_genes),
          with_error(group.effect),
          std::isfinite(group.z) ? fmt::format("{:.1f}", group.z) : "",
          with_error(group.agreement),
          with_error(group.control_like),
          note};
}

Json json_of(const Measured& measured) { return {{"value", measured.value}, {"error", measured.error}}; }

Json json_of(const GroupQuality& group, const char* kind) {
  Json genes = Json::array();
  for (const OwnGene& gene : group.own_genes)
    genes.push_back({{"gene", gene.gene}, {"ratio", json_of(gene.ratio)}, {"p_value", gene.p_value}});
  return {{kind, group.name},
          {"cells", group.n_cells},
          {"own_genes", genes},
          {"effect", json_of(group.effect)},
          {"z", group.z},
          {"agreement", json_of(group.agreement)},
          {"control_like", json_of(group.control_like)}};
}

/// A table of labels, under each its guides.
std::string table_of(const Quality& quality) {
  Table table;
  table.columns = {"label", "guide", "cells", "own gene", "effect", "z", "agreement", "like control", ""};
  for (const LabelQuality& label : quality.labels) {
    table.rows.push_back(row_of(label.name, "", label, &label == &quality.labels.front() ? "" : label.no_share));
    for (const GuideQuality& guide : label.guides) table.rows.push_back(row_of("", guide.name, guide, ""));
  }
  return to_text(table);
}

Json labels_json(const Quality& quality) {
  Json labels = Json::array();
  for (const LabelQuality& label : quality.labels) {
    Json entry = json_of(label, "label");
    entry["separation"] = label.separation;
    entry["no_share"] = label.no_share;
    entry["guides"] = Json::array();
    for (const GuideQuality& guide : label.guides) {
      Json own = json_of(guide, "guide");
      own["others_z"] = guide.others_z;
      entry["guides"].push_back(own);
    }
    labels.push_back(entry);
  }
  return labels;
}

}  // namespace

std::string to_text(const Quality& quality) {
  std::string text = fmt::format("quality of labels\nvalues: {}\nguides: {}\n\n", quality.values,
                                 quality.guide_column.empty() ? "none known (quality.guide_column)"
                                                              : fmt::format("obs column '{}'", quality.guide_column));
  if (!quality.within.empty()) text += "within strata of the covariates, means weighted by cells\n\n";
  text += table_of(quality);
  for (const Quality& within : quality.within) text += fmt::format("\n{}\n\n{}", within.stratum, table_of(within));
  for (const std::string& note : quality.notes) text += note + "\n";
  return text;
}

Json quality_json(const Quality& quality) {
  Json json = {{"format", kQualityFormat}, {"screen", quality.source},
               {"values", quality.values}, {"guide_column", quality.guide_column},
               {"seed", quality.seed},     {"labels", labels_json(quality)},
               {"notes", quality.notes}};
  for (const Quality& within : quality.within)
    json["within"].push_back({{"stratum", within.stratum}, {"labels", labels_json(within)}});
  return json;
}

void write_quality(const std::filesystem::path& path, const Quality& quality) {
  write_text(path, quality_json(quality).dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void write_cell_quality(const std::filesystem::path& path, const Screen& screen, const Guides& guides,
                        const Quality& quality) {
  std::string text = "cell\tlabel\tguide\tp_perturbed\n";
  for (std::size_t i = 0; i < screen.cells.size(); ++i) {
    const std::int32_t guide = guides.known() ? guides.guide_of_cell[i] : -1;
    const double p = quality.p_perturbed[i];
    text += fmt::format("{}\t{}\t{}\t{}\n", cell_text(screen.cells[i]),
                        cell_text(screen.regimes[static_cast<std::size_t>(screen.regime_of_cell[i])].label),
                        guide < 0 ? "" : cell_text(guides.names[static_cast<std::size_t>(guide)]),
                        std::isfinite(p) ? fmt::format("{:.4f}", p) : "NA");
  }
  write_text(path, text);
}

}  // namespace gracevae::impl
