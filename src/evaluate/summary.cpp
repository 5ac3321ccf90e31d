#include <fmt/format.h>

#include <array>
#include <vector>

#include "evaluate/evaluate.hpp"
#include "io/table.hpp"

namespace gracevae {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 4> kShown = {"paper.r2", "paper.rmse", "paper.mmd", "pearson_delta"};
/// Scores on top genes, then on all genes.
const std::vector<std::string> kHeader = {"method", "R2",       "RMSE",    "MMD",          "Pearson Δ",
                                          "R2 all", "RMSE all", "MMD all", "Pearson Δ all"};

std::string number_text(const Json& value) {
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

Table block_of(const Json& metrics, const std::string& kind, std::int64_t n_conditions) {
  Table table{kHeader, {}};
  for (const std::string& method : score_methods()) {
    const Json* first = find_row(metrics, kind, "de", method);
    if (!first) continue;
    const auto n_scored = first->at("n_conditions").get<std::int64_t>();
    std::vector<std::string> cells = {
        n_scored == n_conditions ? method : fmt::format("{} ({} of {})", method, n_scored, n_conditions)};
    for (const std::string gene_set : {"de", "all"}) {
      const Json* row = find_row(metrics, kind, gene_set, method);
      for (const char* id : kShown) cells.push_back(row ? number_text(row->at("metrics").at(id)) : "-");
    }
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
    text += to_text(block_of(metrics, kind, n_conditions));
  }
  if (text.empty()) return "No condition was scored.\n";
  text +=
      "\nHigher is better for R2 and Pearson Δ, lower for RMSE and MMD. Ceiling: other real cells of the condition\n"
      "(where none trained, half of its cells against the other half).\n";
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
