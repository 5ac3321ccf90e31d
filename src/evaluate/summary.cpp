#include <fmt/format.h>

#include <span>
#include <vector>

#include "base/nearest.hpp"
#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "evaluate/unseen.hpp"
#include "io/table.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

std::string value_text(const Json* row, const char* of, const std::string& id) {
  const Json value = row ? row->at(of).value(id, Json()) : Json();
  return value.is_number() ? fmt::format("{:.3f}", value.get<double>()) : "-";
}

const Json* find_row(const Json& metrics, const std::string& kind, const std::string& gene_set,
                     const std::string& method) {
  for (const auto& row : metrics.at("summary"))
    if (row.at("kind") == kind && row.at("gene_set") == gene_set && row.at("method") == method) return &row;
  return nullptr;
}

/// Of a gene set; without rows where no method has one.
Table block_of(const Json& metrics, const std::string& kind, const std::string& gene_set,
               std::span<const std::string> ids) {
  Table table{{"method", "n"}, {}};
  for (const std::string& id : ids) {
    table.columns.push_back(metric_info(id).title);
    table.columns.emplace_back("±");
  }
  for (const std::string& method : score_methods()) {
    const Json* row = find_row(metrics, kind, gene_set, method);
    if (!row) continue;
    std::vector<std::string> cells = {method, std::to_string(row->at("n_conditions").get<std::int64_t>())};
    bool any = false;
    for (const std::string& id : ids) {
      cells.push_back(value_text(row, "metrics", id));
      any = any || cells.back() != "-";
      cells.push_back(value_text(row, "standard_errors", id));
    }
    if (any) table.rows.push_back(std::move(cells));
  }
  return table;
}

/// A title and its table, "" without rows.
std::string block_text(const std::string& title, const Table& table) {
  return table.rows.empty() ? "" : title + "\n" + to_text(table) + "\n";
}

std::string top_block(const Json& metrics, const std::string& kind) {
  const auto n_top = metrics.at("n_top_genes").get<std::int64_t>();
  if (metrics.at("de_cells") == "all")
    return block_text(fmt::format("{}, top {} DE genes as published: chosen on all cells, the test cells among them",
                                  kind_title(kind), n_top),
                      block_of(metrics, kind, "paper", kPaperMetrics));
  return block_text(fmt::format("{}, top {} DE genes, chosen without the cells that are scored", kind_title(kind),
                                n_top),
                    block_of(metrics, kind, "de", kHeadlineMetrics));
}

constexpr std::size_t kNamesShown = 8;

/// What the averages leave out, and why.
std::string missing_text(const Json& metrics) {
  std::string text;
  std::vector<std::string> small;
  for (const Json& entry : metrics.at("not_averaged"))
    small.push_back(
        fmt::format("{} ({})", entry.at("condition").get<std::string>(), entry.at("n_test_cells").get<std::int64_t>()));
  if (!small.empty())
    text += fmt::format("Not averaged, fewer than {} test cells (evaluate.min_test_cells): {}\n",
                        metrics.at("min_test_cells").get<std::int64_t>(), first_few(small, kNamesShown));
  std::vector<std::string> unchosen;
  for (const auto& [condition, reason] : metrics.at("no_de_genes").items())
    unchosen.push_back(fmt::format("{} ({})", condition, reason.get<std::string>()));
  if (!unchosen.empty()) text += fmt::format("No top genes: {}\n", first_few(unchosen, kNamesShown));
  for (const Json& entry : metrics.at("missing")) {
    if (entry.at("gene_set") == "paper") continue;
    const auto names = entry.at("conditions").get<std::vector<std::string>>();
    text += fmt::format("{}, {}{}: without {} ({}): {}\n", kind_title(entry.at("kind")),
                        metric_info(entry.at("metric")).title, entry.at("gene_set") == "de" ? " on top genes" : "",
                        names.size(), entry.at("reason").get<std::string>(), first_few(names, kNamesShown));
  }
  return text;
}

}  // namespace

std::string summary_text(const nlohmann::ordered_json& metrics) {
  std::string text;
  for (const std::string kind : {"single", "double"}) {
    if (!find_row(metrics, kind, "all", "model")) continue;
    text += top_block(metrics, kind);
    text += block_text(kind_title(kind) + ", all genes", block_of(metrics, kind, "all", kHeadlineMetrics));
    const std::span<const std::string> field = kFieldMetrics;  // in two tables, for the width of a terminal
    constexpr std::size_t kFirst = 4;
    text += block_text(kind_title(kind) + ", all genes: the field's other scores",
                       block_of(metrics, kind, "all", field.first(kFirst)));
    text += block_text(kind_title(kind) + ", all genes: and the rest of them",
                       block_of(metrics, kind, "all", field.subspan(kFirst)));
  }
  if (const auto unseen = metrics.find("unseen"); unseen != metrics.end()) text += unseen_text(*unseen);
  text += missing_text(metrics);
  if (text.empty()) return "No condition was scored.\n";
  text +=
      "n: conditions averaged; ±: standard error over them. Higher is better for R2, Pearson Δ, Systema Pearson, centroid\n"
      "accuracy, DES, PDS and cosine, lower for the others. Chance: cells of another condition. Replicate: as many other\n"
      "real cells of the condition, noise and all. Noise-free: what the true mean would get.\n";
  for (const auto& warning : metrics.at("warnings")) text += "Note: " + warning.get<std::string>() + "\n";
  return text;
}

void write_metrics_tsv(const std::filesystem::path& path, const nlohmann::ordered_json& metrics) {
  Table table{{"condition", "kind", "stratum", "n_test_cells", "averaged", "n_cells", "gene_set", "method", "metric",
               "value"},
              {}};
  for (const auto& row : metrics.at("conditions"))
    for (const auto& [id, value] : row.at("metrics").items())
      table.rows.push_back({row.at("condition"), row.at("kind"), row.at("stratum"),
                            std::to_string(row.at("n_test_cells").get<std::int64_t>()),
                            row.at("averaged").get<bool>() ? "yes" : "no",
                            std::to_string(row.at("n_cells").get<std::int64_t>()), row.at("gene_set"), row.at("method"),
                            id, value.is_number() ? fmt::format("{}", value.get<double>()) : "NA"});
  write_tsv(path, table);
}

}  // namespace gracevae::impl
