#include <fmt/format.h>

#include <vector>

#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "io/table.hpp"

namespace gracevae {

namespace {

using Json = nlohmann::ordered_json;

struct Column {
  std::string gene_set, id;
  std::string title() const { return metric_info(id).title; }
};

std::vector<Column> headline_columns() {
  std::vector<Column> columns;
  for (const char* gene_set : {"de", "all"})
    for (const std::string& id : kHeadlineMetrics) columns.push_back({gene_set, id});
  return columns;
}

std::vector<Column> field_columns() {
  std::vector<Column> columns;
  for (const std::string& id : kFieldMetrics) columns.push_back({"all", id});
  return columns;
}

std::string number_text(const Json* row, const std::string& id) {
  const Json value = row ? row->at("metrics").value(id, Json()) : Json();
  return value.is_number() ? fmt::format("{:.3f}", value.get<double>()) : "-";
}

const Json* find_row(const Json& metrics, const std::string& kind, const std::string& gene_set,
                     const std::string& method) {
  for (const auto& row : metrics.at("summary"))
    if (row.at("kind") == kind && row.at("gene_set") == gene_set && row.at("method") == method) return &row;
  return nullptr;
}

std::int64_t largest_count(const Json& metrics, const std::string& kind) {
  std::int64_t count = 0;
  for (const auto& row : metrics.at("summary"))
    if (row.at("kind") == kind) count = std::max(count, row.at("n_conditions").get<std::int64_t>());
  return count;
}

Table block_of(const Json& metrics, const std::string& kind, std::int64_t n_conditions,
               const std::vector<Column>& columns) {
  Table table{{"method"}, {}};
  const bool both_sets = columns.front().gene_set != columns.back().gene_set;
  for (const Column& column : columns)
    table.columns.push_back(column.title() + (both_sets && column.gene_set == "all" ? " all" : ""));
  for (const std::string& method : score_methods()) {
    const Json* first = find_row(metrics, kind, "de", method);
    if (!first) continue;
    const auto n_scored = first->at("n_conditions").get<std::int64_t>();
    std::vector<std::string> cells = {
        n_scored == n_conditions ? method : fmt::format("{} ({} of {})", method, n_scored, n_conditions)};
    for (const Column& column : columns)
      cells.push_back(number_text(find_row(metrics, kind, column.gene_set, method), column.id));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace

std::string summary_text(const nlohmann::ordered_json& metrics) {
  std::string text;
  for (const std::string kind : {"single", "double"}) {
    const std::int64_t n_conditions = largest_count(metrics, kind);
    if (n_conditions == 0) continue;
    text += fmt::format("{}{}: mean over {} condition{}, on the top {} DE genes of each and on all genes\n",
                        text.empty() ? "" : "\n", kind_title(kind), n_conditions, n_conditions == 1 ? "" : "s",
                        metrics.at("n_top_genes").get<std::int64_t>());
    text += to_text(block_of(metrics, kind, n_conditions, headline_columns()));
    text += fmt::format("\n{}, all genes: the field's other scores\n", kind_title(kind));
    text += to_text(block_of(metrics, kind, n_conditions, field_columns()));
  }
  if (text.empty()) return "No condition was scored.\n";
  text +=
      "\nLower is better for RMSE, MMD, MAE, rank, L2 and E-distance, higher for the others. Ceiling: other real cells of the\n"
      "condition (where none trained, half of its cells against the other half). Chance: cells of another condition.\n";
  for (const auto& warning : metrics.at("warnings")) text += "Note: " + warning.get<std::string>() + "\n";
  return text;
}

void write_metrics_tsv(const std::filesystem::path& path, const nlohmann::ordered_json& metrics) {
  Table table{{"condition", "kind", "stratum", "n_cells", "gene_set", "method", "metric", "value"}, {}};
  for (const auto& row : metrics.at("conditions"))
    for (const auto& [id, value] : row.at("metrics").items())
      table.rows.push_back({row.at("condition"), row.at("kind"), row.at("stratum"),
                            std::to_string(row.at("n_cells").get<std::int64_t>()), row.at("gene_set"), row.at("method"),
                            id, value.is_number() ? fmt::format("{}", value.get<double>()) : "NA"});
  write_tsv(path, table);
}

}  // namespace gracevae
