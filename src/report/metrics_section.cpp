#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/shell.hpp"
#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "report/html.hpp"
#include "report/published.hpp"
#include "report/score_rows.hpp"
#include "report/sections.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

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

/// A block of columns of one set of genes.
struct ColumnGroup {
  std::string title, gene_set;
  const std::vector<std::string>& metrics;
};

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

double value_in(const ScoreRow& row, const ColumnGroup& group, const std::string& id) {
  return value_of(row.of(group.gene_set), id);
}

std::string cell_with_error(double value, double error, bool best) {
  std::string text = std::isfinite(value) ? fixed_text(value) : "–";
  if (best) text = "<strong>" + text + "</strong>";
  if (std::isfinite(value) && std::isfinite(error))
    text += fmt::format(" <span class=\"note\">± {}</span>", fixed_text(error));
  return "<td>" + text + "</td>";
}

std::string score_row(const ScoreRow& row, const std::vector<ScoreRow>& rows, const std::vector<ColumnGroup>& groups,
                      std::int64_t n_conditions) {
  const std::string count = row.n_conditions == n_conditions ? ""
                                                             : fmt::format(" <span class=\"note\">({} of {})</span>",
                                                                           row.n_conditions, n_conditions);
  std::string html =
      fmt::format("<tr class=\"{}\"><th scope=\"row\">{}{}</th>", row.method, escape_html(row.title), count);
  for (const ColumnGroup& group : groups)
    for (const std::string& id : group.metrics) {
      const bool higher = metric_info(id).higher_is_better;
      const double value = value_in(row, group, id), error = error_of(row.of(group.gene_set), id);
      std::vector<double> rivals;  // a difference within the error of either is a tie
      for (const ScoreRow& rival : rows)
        if (!is_ceiling(rival.method) && rival.n_conditions == n_conditions) {
          const double margin = std::fmax(std::fmax(error, error_of(rival.of(group.gene_set), id)), 0);
          rivals.push_back(value_in(rival, group, id) + (higher ? -margin : margin));
        }
      html += cell_with_error(value, error,
                              !is_ceiling(row.method) && row.n_conditions == n_conditions &&
                                  is_best(value, rivals, higher));
    }
  return html + "</tr>\n";
}

/// What the paper printed of the variant that a run is of; in columns of its own protocol only.
std::string published_row(const PublishedRun& paper, const std::string& kind, const std::vector<ColumnGroup>& groups) {
  std::string cells;
  bool any = false;
  for (const ColumnGroup& group : groups)
    for (const std::string& id : group.metrics) {
      const auto value = group.gene_set == "paper" ? published(paper.dataset, kind, id, paper.variant) : std::nullopt;
      any = any || value;
      cells += value ? fmt::format("<td>{:.3f} ± {:.3f}</td>", value->mean, value->sd) : "<td></td>";
    }
  return any ? fmt::format("<tr class=\"published\"><th scope=\"row\">paper: {} on {}</th>{}</tr>\n",
                           escape_html(paper.variant), escape_html(paper.dataset), cells)
             : "";
}

std::string summary_table(const Runs& runs, const std::string& dataset, const std::string& kind,
                          const std::vector<ColumnGroup>& groups) {
  const std::vector<ScoreRow> rows = score_rows(runs, kind);
  if (rows.empty()) return "";
  std::int64_t n_conditions = 0;
  for (const auto& row : rows) n_conditions = std::max(n_conditions, row.n_conditions);
  std::string html = fmt::format(
      "<div class=\"wide\"><table class=\"numbers summary\">\n<caption>{}: mean over {} condition{}</caption>\n",
      kind_title(kind), n_conditions, n_conditions == 1 ? "" : "s");
  html += summary_head(groups) + "<tbody>\n";
  for (const ScoreRow& row : rows) html += score_row(row, rows, groups, n_conditions);
  for (const PublishedRun& paper : published_runs(runs, dataset)) html += published_row(paper, kind, groups);
  return html + "</tbody>\n</table></div>\n";
}

// ---- conditions

const Json* condition_row(const RunFiles& run, const std::string& condition, const std::string& method) {
  if (!run.metrics) return nullptr;
  for (const auto& row : run.metrics->at("conditions"))
    if (row.at("condition") == condition && row.at("gene_set") == "de" && row.at("method") == method) return &row;
  return nullptr;
}

/// A column of every headline metric: the model of a run, or a baseline.
struct ConditionColumn {
  std::string title, method;
  const RunFiles* run;
};

std::vector<ConditionColumn> condition_columns(const Runs& runs) {
  std::vector<ConditionColumn> columns;
  for (const RunFiles& run : runs)
    if (run.metrics) columns.push_back({runs.size() == 1 ? "model" : run.name, "model", &run});
  columns.push_back({"additive", "additive", columns.front().run});
  return columns;
}

std::string condition_cells(const std::string& condition, const std::vector<ConditionColumn>& columns) {
  std::string html;
  for (const std::string& id : kHeadlineMetrics) {
    std::vector<double> values;
    for (const ConditionColumn& column : columns)
      values.push_back(value_of(condition_row(*column.run, condition, column.method), id));
    for (const double value : values)
      html += number_cell(value, is_best(value, values, metric_info(id).higher_is_better));
  }
  return html;
}

/// The rows of every condition's model scores, each condition once.
std::vector<const Json*> conditions_of(const Runs& runs) {
  std::vector<const Json*> rows;
  std::set<std::string> seen;
  for (const RunFiles& run : runs) {
    if (!run.metrics) continue;
    for (const auto& row : run.metrics->at("conditions"))
      if (row.at("gene_set") == "all" && row.at("method") == "model" &&
          seen.insert(row.at("condition").get<std::string>()).second)
        rows.push_back(&row);
  }
  return rows;
}

std::string conditions_table(const Runs& runs, std::int64_t n_top_genes) {
  const std::vector<ConditionColumn> columns = condition_columns(runs);
  std::string
      head =
          "<thead>\n<tr><th scope=\"col\" rowspan=\"2\">Condition</th><th scope=\"col\" rowspan=\"2\">Known as</th>"
          "<th scope=\"col\" rowspan=\"2\">Cells</th>",
      second;
  for (const std::string& id : kHeadlineMetrics) {
    head += fmt::format("<th scope=\"colgroup\" colspan=\"{}\" class=\"group\">{} <span class=\"note\">{}</span></th>",
                        columns.size(), metric_info(id).title, arrow(metric_info(id)));
    for (const ConditionColumn& column : columns)
      second += fmt::format("<th scope=\"col\">{}</th>", escape_html(column.title));
  }
  std::string html = fmt::format(
      "<div class=\"wide tall\"><table class=\"numbers conditions\" data-sortable=\"\" data-search=\"condition\">\n<caption>"
      "Every condition on its top {} DE genes, {} "
      "beside the additive baseline"
      "</caption>\n{}</tr>\n<tr>{}</tr>\n</thead>\n<tbody>\n",
      n_top_genes, runs.size() == 1 ? "the model" : "the models", head, second);
  for (const Json* row : conditions_of(runs)) {
    const auto condition = row->at("condition").get<std::string>();
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td>{}</tr>\n", escape_html(condition),
                        escape_html(row->at("stratum").get<std::string>()), row->at("n_test_cells").get<std::int64_t>(),
                        condition_cells(condition, columns));
  }
  return html + "</tbody>\n</table></div>\n";
}

std::string top_genes_table(const Json& metrics) {
  if (!metrics.contains("de_genes")) return "";
  HtmlTable table{
      "Top DE genes of every condition, those that each choice finds surest first (Wilcoxon's test against control)",
      {"Condition", "Genes"},
      {}};
  table.sortable = true;
  for (const auto& [condition, genes] : metrics.at("de_genes").items()) {
    std::string text;
    for (const auto& gene : genes) text += (text.empty() ? "" : ", ") + gene.get<std::string>();
    table.rows.push_back({condition, text});
  }
  return "<details>\n<summary>Top genes of every condition</summary>\n" + html_table(table) + "</details>\n";
}

std::string explanation() {
  return "<p class=\"note\">↑ higher is better, ↓ lower is better; ±: standard error over conditions; bold: best of its column or pair, and "
         "what is within its error of it, ceilings apart. Top DE genes are chosen without the cells that are scored. "
         "<em>chance</em>: real cells of another condition. <em>control</em>: control cells unchanged. "
         "<em>training-mean</em>: the mean of the condition's own training cells. "
         "<em>additive-clipped</em>: additive with values below 0 made 0. <em>mean-shift</em>: control plus the mean shift of all "
         "trained perturbations. <em>additive</em>: control plus the sum of the targets' own shifts. "
         "<em>linear</em>: control plus a low-rank linear map of the targets' gene embeddings. <em>replicate</em>: "
         "as many other real cells of the same condition, with their sampling noise; where none trained, one half of its "
         "cells against the other. <em>noise-free</em>: what the true mean would get. Scores named paper are those of "
         "the published protocol, whose genes are chosen on all cells of a condition, the scored ones among them.</p>\n";
}

/// Conditions that the averages of a kind leave out, and why.
std::string left_out(const Json& metrics, const std::string& kind) {
  std::vector<std::string> items;
  for (const Json& entry : metrics.at("not_averaged"))
    if (entry.at("kind") == kind)
      items.push_back(
          fmt::format("{}: {} test cells, fewer than {}: not averaged", entry.at("condition").get<std::string>(),
                      entry.at("n_test_cells").get<std::int64_t>(), metrics.at("min_test_cells").get<std::int64_t>()));
  for (const Json& entry : metrics.at("missing"))
    if (entry.at("kind") == kind && entry.at("gene_set") != "paper")
      items.push_back(fmt::format("{}: without {} conditions ({}): {}",
                                  metric_info(entry.at("metric").get<std::string>()).title,
                                  entry.at("conditions").size(), entry.at("reason").get<std::string>(),
                                  fmt::join(entry.at("conditions").get<std::vector<std::string>>(), ", ")));
  for (const Json& row : metrics.at("conditions"))
    if (row.at("kind") == kind && row.at("gene_set") == "all" && row.at("method") == "model")
      if (const auto found = metrics.at("no_de_genes").find(row.at("condition").get<std::string>());
          found != metrics.at("no_de_genes").end())
        items.push_back(fmt::format("{}: no top genes, {}", found.key(), found->get<std::string>()));
  if (items.empty()) return "";
  std::string html =
      fmt::format("<details>\n<summary>{}: what the averages leave out</summary>\n<ul>\n", kind_title(kind));
  for (const std::string& item : items) html += "<li>" + escape_html(item) + "</li>\n";
  return html + "</ul>\n</details>\n";
}

/// Runs without metrics.json, and how to make it.
std::string missing_metrics(const Runs& runs) {
  std::string html;
  for (const RunFiles& run : runs)
    if (!run.metrics)
      html += fmt::format(
          "<p>No metrics.json in this run yet. Make it with <code>gracevae evaluate {}</code>, then the report "
          "again.</p>\n",
          escape_html(shell_word(run.folder.string())));
  return html;
}

std::string published_note(const Runs& runs, const std::string& dataset) {
  if (published_runs(runs, dataset).empty()) return "";
  return "<p class=\"note\"><em>paper</em>: printed in Causal Representation Learning from Network Data, mean ± sd over ten "
         "seeds; its cells, genes and preparation may differ from these.</p>\n";
}

}  // namespace

std::vector<Section> metrics_sections(const Runs& runs, const std::string& dataset) {
  const auto scored = std::find_if(runs.begin(), runs.end(), [](const RunFiles& run) { return run.metrics; });
  std::vector<Section> sections{{"scores", "Scores", missing_metrics(runs)}};
  if (scored == runs.end()) return sections;
  const auto n_top_genes = scored->metrics->at("n_top_genes").get<std::int64_t>();
  const std::vector<ColumnGroup> headline{{fmt::format("Top {} DE genes", n_top_genes), "de", kHeadlineMetrics},
                                          {"All genes", "all", kHeadlineMetrics}},
      field{{"All genes: the field's other scores", "all", kFieldMetrics}},
      paper{{fmt::format("As published, top {} DE genes of all cells", n_top_genes), "paper", kPaperMetrics},
            {"As published, all genes", "all", kPaperMetrics}};
  std::string& tables = sections.front().body;
  for (const std::string kind : {"single", "double"}) {
    const std::string first = summary_table(runs, dataset, kind, headline);
    if (first.empty()) continue;
    for (const ScoreChart& chart : score_charts(runs, dataset, kind))
      tables +=
          fmt::format("<div data-panel=\"scores\" data-kind=\"{}\" data-genes=\"{}\"></div>\n", kind, chart.gene_set);
    tables += first + summary_table(runs, dataset, kind, field) + "<details>\n<summary>" + kind_title(kind) +
              ": scores of the published protocol</summary>\n" + summary_table(runs, dataset, kind, paper) +
              "</details>\n";
    tables += left_out(*scored->metrics, kind);
  }
  tables += explanation() + published_note(runs, dataset);
  sections.push_back(
      {"conditions", "Conditions", conditions_table(runs, n_top_genes) + top_genes_table(*scored->metrics)});
  return sections;
}

}  // namespace gracevae::impl
