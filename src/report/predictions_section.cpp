#include <fmt/format.h>

#include "report/html.hpp"
#include "report/sections.hpp"
#include "report/small_drawings.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::json;

std::string r2_text(const Json& condition, const char* key) { return fixed_text(number_at(condition, key)); }

std::string map_id(std::size_t run) { return fmt::format("cells-{}", run); }

/// A condition in one row: its name, predicted against observed, its cells, its strongest genes.
std::string strip(const Json& panels, const Json& condition, std::size_t run) {
  const auto name = condition.at("name").get<std::string>();
  std::string html = fmt::format(
      "<div class=\"strip\"><p><strong>{}</strong><br/><span class=\"note\">R2 {} all genes, {} DE genes; {} generated, {} "
      "observed cells</span></p>{}",
      escape_html(name), r2_text(condition, "r2_all"), r2_text(condition, "r2_de"),
      condition.at("n_generated").get<std::int64_t>(), condition.at("n_actual").get<std::int64_t>(),
      scatter_drawing(condition));
  if (const Json& embedding = panels.at("embedding"); embedding.is_object())
    html += condition_map_drawing(embedding, map_id(run), name);
  html += "<div class=\"densities\">";
  for (const Json& distribution : condition.at("distributions")) {
    const auto gene = panels.at("genes").at(distribution.at("gene").get<std::size_t>()).get<std::string>();
    html += fmt::format("<div><span class=\"note\">{}</span>{}</div>", escape_html(gene),
                        density_drawing(distribution, gene));
  }
  return html + "</div></div>\n";
}

std::string every_condition(const Runs& runs, std::size_t run, bool open) {
  const Json& panels = runs[run].predictions;
  std::string html =
      fmt::format("<details{}>\n<summary>Every condition{}</summary>\n{}", open ? " open=\"\"" : "",
                  escape_html(run_suffix(runs, run)),
                  "<p class=\"note\">Predicted (up) against observed mean expression, <span class=\"dot "
                  "generated\">●</span> DE genes; cells on the map, <span class=\"dot actual\">●</span> "
                  "observed, <span class=\"dot generated\">●</span> generated; distributions, smoothed, of "
                  "the DE genes that change most: grey control, blue observed, orange dashes predicted.</p>\n"
                  "<div class=\"strips\">\n");
  for (const Json& condition : panels.at("conditions")) html += strip(panels, condition, run);
  return html + "</div>\n</details>\n";
}

/// How well every condition is predicted, as a table.
std::string conditions_table(const Runs& runs, std::size_t run) {
  HtmlTable table{"Predicted against observed mean expression" + run_suffix(runs, run),
                  {"Condition", "Generated cells", "Observed cells", "R2, all genes", "R2, top DE genes"},
                  {},
                  true};
  table.sortable = true;
  for (const Json& condition : runs[run].predictions.at("conditions"))
    table.rows.push_back({condition.at("name").get<std::string>(),
                          std::to_string(condition.at("n_generated").get<std::int64_t>()),
                          std::to_string(condition.at("n_actual").get<std::int64_t>()), r2_text(condition, "r2_all"),
                          r2_text(condition, "r2_de")});
  return "<details>\n<summary>Table" + escape_html(run_suffix(runs, run)) + "</summary>\n" + html_table(table) +
         "</details>\n";
}

Section predicted_section(const Runs& runs, bool open) {
  std::string html, missing;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    if (runs[run].predictions.is_null()) {
      missing += fmt::format(
          "<p class=\"note\">No predictions.h5ad in {} yet: <code>gracevae predict RUN</code> makes it, then make this "
          "report again.</p>\n",
          escape_html(runs[run].name));
      continue;
    }
    html += every_condition(runs, run, open) + conditions_table(runs, run);
  }
  if (html.empty()) return {"predictions", "Predicted against observed", missing};
  return {
      "predictions", "Predicted against observed",
      "<p class=\"note\">Means over cells, in the screen's scale. Points on the diagonal are predicted right; DE genes, "
      "those that differ from control most surely, are what a prediction is judged by: most other genes hardly move, "
      "so that control cells alone would put them on the diagonal.</p>\n"
      "<div class=\"live-only\" data-panel=\"conditions\"></div>\n" +
          html + missing};
}

Section map_section(const Runs& runs) {
  std::string drawings;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    if (runs[run].predictions.is_null() || !runs[run].predictions.at("embedding").is_object()) continue;
    drawings += fmt::format(
        "<figure class=\"static-twin\"><figcaption><strong>All cells{}</strong> <span class=\"note\">"
        "<span class=\"dot control\">●</span> control <span class=\"dot actual\">●</span> observed "
        "<span class=\"dot generated\">●</span> generated</span></figcaption>{}</figure>\n",
        escape_html(run_suffix(runs, run)), map_drawing(runs[run].predictions.at("embedding"), map_id(run)));
  }
  if (drawings.empty()) return {"map", "Map of cells", ""};
  return {
      "map", "Map of cells",
      "<p class=\"note\">UMAP of control, observed and generated cells together (50 principal components, 15 neighbours). "
      "Generated cells should lie among the observed ones of their condition. Distances between groups and sizes of "
      "groups mean little on such a map.</p>\n"
      "<div class=\"live-only" +
          std::string(runs.size() > 1 ? "" : " pair") +
          "\"><div data-panel=\"embedding\"></div><div data-panel=\"condition-map\"></div></div>\n"
          "<div class=\"pair\">\n" +
          drawings + "</div>\n"};
}

}  // namespace

std::vector<Section> prediction_sections(const Runs& runs, bool open) {
  return {predicted_section(runs, open), map_section(runs)};
}

}  // namespace gracevae::impl
