#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "evaluate/evaluate.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae {

namespace {

using Json = nlohmann::ordered_json;

struct ShownMetric {
  const char* id;
  const char* name;
  bool higher_is_better;
};
constexpr std::array<ShownMetric, 4> kShown = {{{"paper.r2", "R2", true},
                                                {"paper.rmse", "RMSE", false},
                                                {"paper.mmd", "MMD", false},
                                                {"pearson_delta", "Pearson Δ", true}}};

bool is_row(const Json& row, const std::string& kind, const std::string& gene_set, const std::string& method) {
  return row.at("kind") == kind && row.at("gene_set") == gene_set && row.at("method") == method;
}

double value_of(const Json* row, const char* id) {
  if (!row) return std::numeric_limits<double>::quiet_NaN();
  const auto& metrics = row->at("metrics");
  const auto found = metrics.find(id);
  return found != metrics.end() && found->is_number() ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
}

/// True when no other finite value is better.
bool is_best(double value, const std::vector<double>& values, bool higher_is_better) {
  if (!std::isfinite(value)) return false;
  for (const double other : values)
    if (std::isfinite(other) && (higher_is_better ? other > value : other < value)) return false;
  return true;
}

std::string number_cell(double value, bool best) {
  const std::string text = std::isfinite(value) ? fixed_text(value) : "–";
  return best ? "<td><strong>" + text + "</strong></td>" : "<td>" + text + "</td>";
}

// ---- summary

struct Method {
  std::string name;
  std::int64_t n_conditions;
  const Json* rows[2];  ///< top genes, all genes
};

std::vector<Method> methods_of(const Json& summary, const std::string& kind) {
  std::vector<Method> methods;
  for (const std::string& name : score_methods()) {
    Method method{name, 0, {nullptr, nullptr}};
    for (const auto& row : summary) {
      if (is_row(row, kind, "de", name)) method.rows[0] = &row;
      if (is_row(row, kind, "all", name)) method.rows[1] = &row;
    }
    if (!method.rows[0] && !method.rows[1]) continue;
    method.n_conditions = (method.rows[0] ? method.rows[0] : method.rows[1])->at("n_conditions").get<std::int64_t>();
    methods.push_back(std::move(method));
  }
  return methods;
}

std::string summary_head(std::int64_t n_top) {
  std::string head = fmt::format(
      "<thead>\n<tr><th scope=\"col\" rowspan=\"2\">Method</th>"
      "<th scope=\"colgroup\" colspan=\"4\" class=\"group\">Top {} DE genes"
      "</th><th scope=\"colgroup\" colspan=\"4\" class=\"group\">All genes</th></tr>\n<tr>",
      n_top);
  for (int set = 0; set < 2; ++set)
    for (const auto& metric : kShown)
      head += fmt::format("<th scope=\"col\">{} <span class=\"note\">{}</span></th>", metric.name,
                          metric.higher_is_better ? "↑" : "↓");
  return head + "</tr>\n</thead>\n";
}

std::string summary_table(const Json& metrics, const std::string& kind) {
  const std::vector<Method> methods = methods_of(metrics.at("summary"), kind);
  if (methods.empty()) return "";
  std::int64_t n_conditions = 0;
  for (const auto& method : methods) n_conditions = std::max(n_conditions, method.n_conditions);
  std::string html = fmt::format(
      "<div class=\"wide\"><table class=\"numbers summary\">\n<caption>{}: mean over {} condition{}</caption>\n",
      kind_title(kind), n_conditions, n_conditions == 1 ? "" : "s");
  html += summary_head(metrics.at("n_top_genes").get<std::int64_t>()) + "<tbody>\n";
  for (const auto& method : methods) {
    const std::string count =
        method.n_conditions == n_conditions
            ? ""
            : fmt::format(" <span class=\"note\">({} of {})</span>", method.n_conditions, n_conditions);
    html += fmt::format("<tr class=\"{}\"><th scope=\"row\">{}{}</th>", method.name, method.name, count);
    for (int set = 0; set < 2; ++set)
      for (const auto& metric : kShown) {
        std::vector<double> rivals;
        for (const auto& rival : methods)
          if (rival.name != "ceiling" && rival.n_conditions == n_conditions)
            rivals.push_back(value_of(rival.rows[set], metric.id));
        const double value = value_of(method.rows[set], metric.id);
        html += number_cell(value, method.name != "ceiling" && is_best(value, rivals, metric.higher_is_better));
      }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table></div>\n";
}

// ---- conditions

const Json* condition_row(const Json& metrics, const std::string& condition, const std::string& method) {
  for (const auto& row : metrics.at("conditions"))
    if (row.at("condition") == condition && row.at("gene_set") == "de" && row.at("method") == method) return &row;
  return nullptr;
}

std::string condition_cells(const Json* model, const Json* additive) {
  std::string html;
  for (const auto& metric : kShown) {
    const double ours = value_of(model, metric.id), theirs = value_of(additive, metric.id);
    html += number_cell(ours, is_best(ours, {theirs}, metric.higher_is_better)) +
            number_cell(theirs, is_best(theirs, {ours}, metric.higher_is_better));
  }
  return html;
}

std::string conditions_table(const Json& metrics) {
  std::string
      head =
          "<thead>\n<tr><th scope=\"col\" rowspan=\"2\">Condition</th><th scope=\"col\" rowspan=\"2\">Known as</th>"
          "<th scope=\"col\" rowspan=\"2\">Cells</th>",
      second;
  for (const auto& metric : kShown) {
    head += fmt::format("<th scope=\"colgroup\" colspan=\"2\" class=\"group\">{} <span class=\"note\">{}</span></th>",
                        metric.name, metric.higher_is_better ? "↑" : "↓");
    second += "<th scope=\"col\">model</th><th scope=\"col\">additive</th>";
  }
  std::string html = fmt::format(
      "<div class=\"wide\"><table class=\"numbers conditions\">\n<caption>"
      "Every condition on its top {} DE genes, the model "
      "beside the additive baseline"
      "</caption>\n{}</tr>\n<tr>{}</tr>\n</thead>\n<tbody>\n",
      metrics.at("n_top_genes").get<std::int64_t>(), head, second);
  for (const auto& row : metrics.at("conditions")) {
    if (row.at("gene_set") != "de" || row.at("method") != "model") continue;
    const auto condition = row.at("condition").get<std::string>();
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td>{}</tr>\n", escape_html(condition),
                        escape_html(row.at("stratum").get<std::string>()), row.at("n_cells").get<std::int64_t>(),
                        condition_cells(&row, condition_row(metrics, condition, "additive")));
  }
  return html + "</tbody>\n</table></div>\n";
}

std::string top_genes_table(const Json& metrics) {
  if (!metrics.contains("de_genes")) return "";
  HtmlTable table{"Top DE genes of every condition, largest |Welch t| against control first",
                  {"Condition", "Genes"},
                  {}};
  for (const auto& [condition, genes] : metrics.at("de_genes").items()) {
    std::string text;
    for (const auto& gene : genes) text += (text.empty() ? "" : ", ") + gene.get<std::string>();
    table.rows.push_back({condition, text});
  }
  return "<details>\n<summary>Top genes of every condition</summary>\n" + html_table(table) + "</details>\n";
}

std::string explanation() {
  return "<p class=\"note\">↑ higher is better, ↓ lower is better; bold: best of its column or pair, ceiling apart. "
         "<em>control</em>: the paired control cells unchanged. <em>mean-shift</em>: control plus the mean shift of all "
         "trained perturbations. <em>additive</em>: control plus the sum of the targets' own shifts. "
         "<em>linear</em>: control plus a low-rank linear map of the targets' gene embeddings. <em>ceiling</em>: "
         "other real cells of the same condition; where none trained, one half of its cells against the other. RMSE "
         "between cells that are no true pairs says little: a constant scores better than real cells. MMD depends on "
         "the number of cells: compare within a table.</p>\n";
}

}  // namespace

std::string metrics_section(const RunFiles& run) {
  if (!run.metrics)
    return fmt::format(
        "<section>\n<h2>Scores</h2>\n<p>No metrics.json in this run yet. Make it with "
        "<code>gracevae evaluate {}</code>, then the report again.</p>\n"
        "</section>\n",
        escape_html(run.folder.string()));
  const Json& metrics = *run.metrics;
  return "<section>\n<h2>Scores</h2>\n" + summary_table(metrics, "single") + summary_table(metrics, "double") +
         explanation() + "</section>\n<section>\n<h2>Conditions</h2>\n" + conditions_table(metrics) +
         top_genes_table(metrics) + "</section>\n";
}

}  // namespace gracevae
