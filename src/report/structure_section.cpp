#include <fmt/format.h>

#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

/// "0.67", "0.21 ± 0.10" where the row has a deviation, "n/a" where it has no such number.
std::string cell(const Json& row, const std::string& key, int decimals = 2) {
  const std::string text = fixed_text(number_at(row, key), decimals);
  return row.contains(key + "_sd") ? text + " ± " + fixed_text(number_at(row, key + "_sd"), decimals) : text;
}

std::vector<std::string> graph_row(const std::string& name, const Json& row) {
  const int decimals = row.contains("edges") ? 0 : 1;  // chance has means
  return {name,
          row.contains("edges") ? cell(row, "edges", 0) : "",
          row.contains("right") ? cell(row, "right", 0) : "",
          cell(row, "precision"),
          cell(row, "recall"),
          cell(row, "f1"),
          cell(row, "shd", decimals)};
}

std::string graph_table(const Json& structure) {
  HtmlTable table{"The learned graph against the true one, and what as many edges placed at random would score",
                  {"Graph", "Edges", "Right", "Precision ↑", "Recall ↑", "F1 ↑", "SHD ↓"},
                  {},
                  true};
  const Json& chance = structure.at("chance");
  if (const Json& own = structure.at("at_threshold"); own.is_object()) {
    table.rows.push_back(graph_row("fit, |weight| from " + short_text(number_at(own, "threshold")), own));
    table.rows.push_back(graph_row("as many, random order", chance.at("random_order")));
    table.rows.push_back(graph_row("as many, fitted order", chance.at("fitted_order")));
  }
  table.rows.push_back(graph_row("no edge", chance.at("empty_graph")));
  return html_table(table);
}

std::string recovery_table(const Json& structure) {
  HtmlTable table{"Latents, labels and order", {"Score", "Fit", "Chance"}, {}, true};
  const auto add = [&](const std::string& name, const char* key, int decimals) {
    table.rows.push_back({name, cell(structure, key, decimals), cell(structure.at("chance"), key, decimals)});
  };
  add("area under precision and recall (AUPRC) ↑", "auprc", 2);
  add("target accuracy ↑", "target_accuracy", 2);
  add("order violations ↓", "order_violations", 1);
  add("mean correlation of latents ↑", "latent_correlation", 2);
  return html_table(table);
}

std::string edges_table(const Json& structure) {
  HtmlTable table{"Edges of the truth and of the fit",
                  {"Edge (true latents)", "True weight", "Fitted weight", "Verdict"},
                  {}};
  for (const auto& edge : structure.at("edges"))
    table.rows.push_back(
        {fmt::format("{} → {}", edge.at("from").get<std::int64_t>(), edge.at("to").get<std::int64_t>()),
         fixed_text(number_at(edge, "true_weight"), 2), fixed_text(number_at(edge, "weight"), 2),
         edge.at("verdict").get<std::string>()});
  return "<details>\n<summary>Every edge</summary>\n" + html_table(table) + "</details>\n";
}

}  // namespace

Section structure_section(const Runs& runs, std::size_t run) {
  const std::string id = run == 0 ? "structure" : fmt::format("structure-{}", run);
  const auto& metrics = runs[run].metrics;
  if (!metrics || !metrics->contains("structure")) return {id, "", ""};
  const Json& structure = metrics->at("structure");
  std::string html =
      fmt::format("<p class=\"note\">{} true edges among {} latents; a reversed edge counts once in SHD.",
                  structure.at("true_edges").get<std::int64_t>(), structure.at("n_latents").get<std::int64_t>());
  if (structure.at("at_threshold").is_object())
    html += " Threshold: " + escape_html(structure.at("threshold_rule").get<std::string>()) + ".";
  html += "</p>\n";
  return {id, "Structure recovery" + run_suffix(runs, run),
          html + graph_table(structure) + recovery_table(structure) + edges_table(structure)};
}

}  // namespace gracevae::impl
