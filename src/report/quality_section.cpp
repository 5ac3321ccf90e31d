#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

/// "0.67 ± 0.03", "n/a" where it is not known.
std::string measured_cell(const Json& measured) {
  const double value = number_at(measured, "value");
  return std::isfinite(value) ? fixed_text(value, 2) + " ± " + fixed_text(number_at(measured, "error"), 2) : "n/a";
}

/// "0.14 ± 0.03 (p 2e-51)"; of several targets each with its name before it.
std::string own_genes_cell(const Json& genes) {
  std::vector<std::string> texts;
  for (const Json& gene : genes)
    texts.push_back(fmt::format("{}{} (p {:.1g})", genes.size() > 1 ? gene.at("gene").get<std::string>() + " " : "",
                                measured_cell(gene.at("ratio")), number_at(gene, "p_value")));
  return texts.empty() ? "not measured" : fmt::format("{}", fmt::join(texts, ", "));
}

/// What a label and a guide have in common.
std::vector<std::string> cells_of(const Json& group) {
  return {std::to_string(group.at("cells").get<std::int64_t>()),
          own_genes_cell(group.at("own_genes")),
          measured_cell(group.at("effect")),
          fixed_text(number_at(group, "z"), 1),
          measured_cell(group.at("agreement")),
          measured_cell(group.at("control_like"))};
}

std::string labels_table(const Json& quality) {
  HtmlTable table{"Every label against control",
                  {"Label", "Cells", "Own gene, ratio to control", "Effect", "Effect over its error",
                   "Agreement of guides", "Cells like control", "Not known because"},
                  {},
                  true,
                  true,
                  "data-search=\"label\""};
  for (const Json& label : quality.at("labels")) {
    if (&label == &quality.at("labels").front()) continue;
    std::vector<std::string> row = {label.at("label").get<std::string>()};
    for (std::string& cell : cells_of(label)) row.push_back(std::move(cell));
    row.push_back(label.at("no_share").get<std::string>());
    table.rows.push_back(std::move(row));
  }
  return "<div class=\"wide tall\">" + html_table(table) + "</div>\n";
}

std::string guides_table(const Json& quality) {
  HtmlTable table{"Every guide: of a label against control, of control against control's other guides",
                  {"Guide", "Label", "Cells", "Own gene, ratio to control", "Effect", "Effect over its error",
                   "Agreement with the label's other guides", "Cells like control"},
                  {},
                  true,
                  true,
                  "data-search=\"guide, label\""};
  for (const Json& label : quality.at("labels"))
    for (const Json& guide : label.at("guides")) {
      std::vector<std::string> row = {guide.at("guide").get<std::string>(), label.at("label").get<std::string>()};
      for (std::string& cell : cells_of(guide)) row.push_back(std::move(cell));
      table.rows.push_back(std::move(row));
    }
  if (table.rows.empty()) return "";
  return "<details>\n<summary>Every guide</summary>\n<div class=\"wide tall\">" + html_table(table) +
         "</div>\n</details>\n";
}

}  // namespace

Section quality_section(const Runs& runs, std::size_t run) {
  const std::string id = run == 0 ? "quality" : fmt::format("quality-{}", run);
  if (!runs[run].quality) return {id, "", ""};
  const Json& quality = *runs[run].quality;
  std::string html =
      "<p class=\"note\">Did the perturbations work? Own gene: mean expression over that of control, linear scale. "
      "Effect: length of the change of mean expression (log1p) less what noise alone would give. Cells like control: "
      "share of the label's cells that the knock-down or activation did not reach. Values: " +
      escape_html(quality.at("values").get<std::string>()) + ".</p>\n";
  for (const Json& note : quality.at("notes"))
    html += "<p class=\"note\">" + escape_html(note.get<std::string>()) + "</p>\n";
  return {id, "Quality of labels" + run_suffix(runs, run), html + labels_table(quality) + guides_table(quality)};
}

}  // namespace gracevae::impl
