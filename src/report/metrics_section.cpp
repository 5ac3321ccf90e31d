#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae {

namespace {

using Json = nlohmann::ordered_json;

bool is_row(const Json& row, const std::string& kind, const std::string& gene_set, const std::string& method) {
  return row.at("kind") == kind && row.at("gene_set") == gene_set && row.at("method") == method;
}

double value_of(const Json* row, const std::string& id) {
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
  const Json* top;  ///< scores on top genes, and on all genes
  const Json* all;
};

/// A block of columns of one set of genes.
struct ColumnGroup {
  std::string title;
  bool top;
  const std::vector<std::string>& metrics;
};

std::vector<Method> methods_of(const Json& summary, const std::string& kind) {
  std::vector<Method> methods;
  for (const std::string& name : score_methods()) {
    Method method{name, 0, nullptr, nullptr};
    for (const auto& row : summary) {
      if (is_row(row, kind, "de", name)) method.top = &row;
      if (is_row(row, kind, "all", name)) method.all = &row;
    }
    if (!method.top && !method.all) continue;
    method.n_conditions = (method.top ? method.top : method.all)->at("n_conditions").get<std::int64_t>();
    methods.push_back(std::move(method));
  }
  return methods;
}

std::string arrow(const MetricInfo& metric) { return metric.higher_is_better ? "↑" : "↓"; }

std::string summary_head(const std::vector<ColumnGroup>& groups) {
  std::string head = "<thead>\n<tr><th scope=\"col\" rowspan=\"2\">Method</th>", second;
  for (const ColumnGroup& group : groups) {
    head +=
        fmt::format("<th scope=\"colgroup\" colspan=\"{}\" class=\"group\">{}</th>", group.metrics.size(), group.title);
    for (const std::string& id : group.metrics)
      second += fmt::format("<th scope=\"col\">{} <span class=\"note\">{}</span></th>", metric_info(id).title,
                            arrow(metric_info(id)));
  }
  return head + "</tr>\n<tr>" + second + "</tr>\n</thead>\n";
}

std::string summary_table(const Json& metrics, const std::string& kind, const std::vector<ColumnGroup>& groups) {
  const std::vector<Method> methods = methods_of(metrics.at("summary"), kind);
  if (methods.empty()) return "";
  std::int64_t n_conditions = 0;
  for (const auto& method : methods) n_conditions = std::max(n_conditions, method.n_conditions);
  std::string html = fmt::format(
      "<div class=\"wide\"><table class=\"numbers summary\">\n<caption>{}: mean over {} condition{}</caption>\n",
      kind_title(kind), n_conditions, n_conditions == 1 ? "" : "s");
  html += summary_head(groups) + "<tbody>\n";
  for (const auto& method : methods) {
    const std::string count =
        method.n_conditions == n_conditions
            ? ""
            : fmt::format(" <span class=\"note\">({} of {})</span>", method.n_conditions, n_conditions);
    html += fmt::format("<tr class=\"{}\"><th scope=\"row\">{}{}</th>", method.name, method.name, count);
    for (const ColumnGroup& group : groups)
      for (const std::string& id : group.metrics) {
        const auto value_in = [&](const Method& of) { return value_of(group.top ? of.top : of.all, id); };
        std::vector<double> rivals;
        for (const auto& rival : methods)
          if (rival.name != "ceiling" && rival.n_conditions == n_conditions) rivals.push_back(value_in(rival));
        const double value = value_in(method);
        html +=
            number_cell(value, method.name != "ceiling" && is_best(value, rivals, metric_info(id).higher_is_better));
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
  for (const std::string& id : kHeadlineMetrics) {
    const bool higher = metric_info(id).higher_is_better;
    const double ours = value_of(model, id), theirs = value_of(additive, id);
    html += number_cell(ours, is_best(ours, {theirs}, higher)) + number_cell(theirs, is_best(theirs, {ours}, higher));
  }
  return html;
}

std::string conditions_table(const Json& metrics) {
  std::string
      head =
          "<thead>\n<tr><th scope=\"col\" rowspan=\"2\">Condition</th><th scope=\"col\" rowspan=\"2\">Known as</th>"
          "<th scope=\"col\" rowspan=\"2\">Cells</th>",
      second;
  for (const std::string& id : kHeadlineMetrics) {
    head += fmt::format("<th scope=\"colgroup\" colspan=\"2\" class=\"group\">{} <span class=\"note\">{}</span></th>",
                        metric_info(id).title, arrow(metric_info(id)));
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
         "<em>chance</em>: real cells of another condition. <em>control</em>: the paired control cells unchanged. <em>mean-shift</em>: control plus the mean shift of all "
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
  const std::string top = fmt::format("Top {} DE genes", metrics.at("n_top_genes").get<std::int64_t>());
  const std::vector<ColumnGroup> headline{{top, true, kHeadlineMetrics}, {"All genes", false, kHeadlineMetrics}},
      field{{"All genes: the field's other scores", false, kFieldMetrics}};
  std::string tables;
  for (const std::string kind : {"single", "double"})
    tables += summary_table(metrics, kind, headline) + summary_table(metrics, kind, field);
  return "<section>\n<h2>Scores</h2>\n" + tables + explanation() + "</section>\n<section>\n<h2>Conditions</h2>\n" +
         conditions_table(metrics) + top_genes_table(metrics) + "</section>\n";
}

}  // namespace gracevae
