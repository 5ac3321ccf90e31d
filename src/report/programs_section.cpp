#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kGenes = 6, kSets = 3, kEdges = 60, kPairs = 20;

/// "KLF1 (0.98, +2.1)": share on the program, and the shift, whose sign says which way the label pushes.
std::string labels_cell(const Json& program) {
  std::vector<std::string> labels;
  for (const Json& label : program.at("labels"))
    if (label.at("main").get<bool>())
      labels.push_back(fmt::format("{} ({:.2f}, {:+.2g})", label.at("label").get<std::string>(),
                                   label.at("share").get<double>(), label.at("shift").get<double>()));
  return fmt::format("{}", fmt::join(labels, ", "));
}

/// "HBZ +0.5 ± 0.02": effect and, where it is known, its standard error.
std::string gene_text(const Json& gene) {
  const double se = number_at(gene, "se");
  return fmt::format("{} {:+.2g}", gene.at("gene").get<std::string>(), gene.at("effect").get<double>()) +
         (std::isfinite(se) ? fmt::format(" ± {:.1g}", se) : "");
}

std::string genes_cell(const Json& genes) {
  std::vector<std::string> texts;
  for (const Json& gene : genes)
    if (texts.size() < kGenes) texts.push_back(gene_text(gene));
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// "Heme (3 of 9, q 0.01)", with the smaller q of the two tests.
std::string set_text(const Json& set) {
  const double q = set.at("q"), rank_q = set.at("rank_q");
  return fmt::format("{} ({} of {}, {}q {})", set.at("name").get<std::string>(), set.at("overlap").get<std::int64_t>(),
                     set.at("size").get<std::int64_t>(), rank_q < q ? "rank " : "", short_text(std::min(q, rank_q)));
}

std::string sets_cell(const Json& program) {
  std::vector<std::string> texts;
  for (const Json& set : program.at("pathways"))
    if (set.at("among") == "genes" && texts.size() < kSets) texts.push_back(set_text(set));
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::string programs_table(const Json& explanation, std::size_t run) {
  HtmlTable table{"Latent programs: pushed by one unit, which genes move",
                  {"Program", "Name", "Labels (share, shift)", "Sure", "Up", "Down", "Gene sets"},
                  {}};
  for (const Json& program : explanation.at("programs"))
    table.rows.push_back({fmt::format("p{}", program.at("program").get<std::int64_t>()),
                          program.at("name").get<std::string>(), labels_cell(program),
                          short_text(number_at(program, "strength")), genes_cell(program.at("genes_up")),
                          genes_cell(program.at("genes_down")), sets_cell(program)});
  table.sortable = true;
  table.attributes = fmt::format("data-search=\"gene, label, pathway\" data-programs=\"{}\"", run);
  return "<div class=\"wide tall\">" + html_table(table) + "</div>\n";
}

std::string labels_table(const Json& explanation) {
  HtmlTable table{"Labels: what the model predicts of each alone",
                  {"Label", "Cells", "Sure", "Up", "Down", "Gene sets"},
                  {}};
  for (const Json& label : explanation.at("labels"))
    table.rows.push_back({label.at("label").get<std::string>(), std::to_string(label.at("n_cells").get<std::int64_t>()),
                          short_text(number_at(label, "strength")), genes_cell(label.at("genes_up")),
                          genes_cell(label.at("genes_down")), sets_cell(label)});
  table.sortable = true;
  table.attributes = "data-search=\"label, gene, pathway\"";
  return "<details>\n<summary>Every label</summary>\n" + html_table(table) + "</details>\n";
}

std::string graph_part(const Json& explanation, std::size_t run) {
  const Json& graph = explanation.at("graph");
  if (explanation.at("programs").size() < 2 || explanation.at("mechanism") == "none") return "";
  const double threshold = number_at(graph, "threshold");
  HtmlTable table{"Edges of the latent graph, weights in units of the noise of both ends",
                  {"From", "To", "Weight", "Share of runs"},
                  {}};
  std::map<std::int64_t, std::string> names;
  for (const Json& program : explanation.at("programs"))
    names.emplace(program.at("program").get<std::int64_t>(), program.at("name").get<std::string>());
  const auto name = [&](const Json& program) {
    const auto number = program.get<std::int64_t>();
    const auto found = names.find(number);
    return fmt::format("p{} {}", number, found == names.end() ? "" : found->second);
  };
  std::size_t n_edges = 0;
  for (const Json& edge : graph.at("edges")) {
    if (std::isfinite(threshold) && std::abs(number_at(edge, "weight")) < threshold) continue;
    if (n_edges++ < kEdges)
      table.rows.push_back({name(edge.at("from")), name(edge.at("to")), fixed_text(number_at(edge, "weight"), 2),
                            edge.at("frequency").is_null() ? "" : fixed_text(number_at(edge, "frequency"), 2)});
  }
  std::string html =
      fmt::format("<h3>Latent graph</h3>\n<p>{} edges from |weight| {}.", n_edges, short_text(threshold));
  if (n_edges > kEdges) html += fmt::format(" The {} strongest are shown; edges.tsv has all.", kEdges);
  if (graph.at("noise").get<bool>()) {
    const auto reasons = graph.at("reasons").get<std::vector<std::string>>();
    html += " <span class=\"static-verdict\"><strong>This graph is no more than noise:</strong> " +
            escape_html(fmt::format("{}", fmt::join(reasons, "; "))) + ".</span>";
  }
  html += fmt::format("</p>\n<div data-panel=\"graph\" data-run=\"{}\"></div>\n", run);
  table.sortable = true;
  return n_edges > 0 ? html + "<details>\n<summary>Edges as a table</summary>\n" + html_table(table) + "</details>\n"
                     : html;
}

/// "1.23 ± 0.04", the error where it is known; "" where the number is not.
std::string with_error(const Json& row, const char* name, int digits) {
  const double value = number_at(row, name), error = number_at(row, (std::string(name) + "_se").c_str());
  if (!std::isfinite(value)) return "";
  return fixed_text(value, digits) + (std::isfinite(error) ? " ± " + fixed_text(error, digits) : "");
}

/// Cells of a pair, and whether the split held them out.
std::string pair_cells(const Json& measured) {
  if (!measured.contains("cells_ab")) return "";
  return std::to_string(measured.at("cells_ab").get<std::int64_t>()) +
         (measured.value("fold", "") == "test" ? " (test)" : "");
}

std::string interactions_table(const Json& explanation) {
  if (explanation.at("interactions").empty()) return "";
  HtmlTable table{"Do the effects of pairs add up? Magnitude √2 ≈ 1.41: they do",
                  {"Pair", "Cells", "Type", "q", "Deviation from the sum, measured", "predicted", "Magnitude, measured",
                   "predicted", "Fit, measured", "predicted"},
                  {},
                  true};
  const Json nothing = Json::object();
  for (const Json& pair : explanation.at("interactions")) {
    if (table.rows.size() >= kPairs) break;
    const Json& measured = pair.contains("measured") && pair.at("measured").is_object() ? pair.at("measured") : nothing;
    const bool is_called = pair.contains("type") && pair.at("type").is_string();
    table.rows.push_back({pair.at("pair").get<std::string>(), pair_cells(measured),
                          is_called ? pair.at("type").get<std::string>() : "not tested",
                          short_text(number_at(pair, "q")), with_error(measured, "norm_deviation", 2),
                          with_error(pair, "norm_deviation", 2), with_error(measured, "magnitude", 2),
                          with_error(pair, "magnitude", 2), with_error(measured, "fit", 2),
                          with_error(pair, "fit", 2)});
  }
  table.sortable = true;
  table.attributes = "data-search=\"target, type\"";
  return fmt::format(
             "<h3>Interactions</h3>\n<p class=\"note\">Measured: cells of the pair, of both singles and of control; ± one "
             "standard error over these cells. Predicted: the model's effects; ± over control cells. Types are called at a "
             "false discovery rate of {} over the tested pairs; additive: no deviation was found. {} of {} pairs are "
             "shown, those with the smallest p first; interactions.tsv has all.</p>\n",
             short_text(number_at(explanation, "interaction_rate")), table.rows.size(),
             explanation.at("interactions").size()) +
         "<div class=\"wide\">" + html_table(table) + "</div>\n";
}

/// Those that the head of the report does not have from training.
std::string new_warnings(const Json& explanation, const std::vector<std::string>& known) {
  std::string items;
  for (const Json& warning : explanation.at("warnings"))
    if (const auto text = warning.get<std::string>(); std::find(known.begin(), known.end(), text) == known.end())
      items += "<li>" + escape_html(text) + "</li>\n";
  return items.empty() ? "" : "<ul>\n" + items + "</ul>\n";
}

}  // namespace

Section programs_section(const Runs& runs, std::size_t run) {
  const RunFiles& files = runs[run];
  const std::string id = run == 0 ? "programs" : fmt::format("programs-{}", run);
  const std::string title = "What it learned" + run_suffix(runs, run);
  if (!files.explanation)
    return {
        id, title,
        "<p class=\"note\">Not explained yet: <code>gracevae explain RUN</code> finds the programs, their genes and "
        "gene sets, then make this report again.</p>\n"};
  const Json& explanation = *files.explanation;
  std::string html = fmt::format(
      "<p class=\"note\">Effects are changes of {} control cells, in the screen's scale and within its values, ± their "
      "standard error by the cells of the screen. Listed first is what is surest: Sure is the size over all genes of what "
      "is beyond 1.96 standard errors. A label with a negative shift pushes its program down.</p>\n",
      explanation.at("n_cells").get<std::int64_t>());
  html += new_warnings(explanation, files.latent_warnings.value_or(std::vector<std::string>{}));
  html += graph_part(explanation, run);
  if (!explanation.at("programs").empty()) html += programs_table(explanation, run);
  return {id, title, html + labels_table(explanation) + interactions_table(explanation)};
}

}  // namespace gracevae::impl
