// The structure scores for the eye and for a table.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "evaluate/structure.hpp"
#include "io/table.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

std::string number(const Json& value, int digits = 2) {
  return value.is_number() ? fmt::format("{:.{}f}", value.get<double>(), digits) : "-";
}

/// "0.67" or "0.21 ± 0.10".
std::string with_deviation(const Json& row, const std::string& key, int digits = 2) {
  const std::string sd = key + "_sd";
  return number(row.at(key), digits) + (row.contains(sd) ? " ± " + number(row.at(sd), digits) : "");
}

std::string count(const Json& row, const char* key) {
  return row.contains(key) ? std::to_string(row.at(key).get<std::int64_t>()) : "-";
}

std::vector<std::string> cells_of(const std::string& name, const Json& row) {
  const int digits = row.contains("edges") ? 0 : 1;  // chance has means
  return {name,
          row.contains("threshold") ? fmt::format("{:g}", row.at("threshold").get<double>()) : "-",
          count(row, "edges"),
          count(row, "right"),
          number(row.at("precision")),
          number(row.at("recall")),
          with_deviation(row, "f1"),
          with_deviation(row, "shd", digits)};
}

bool shown(double threshold) {
  constexpr std::array<double, 7> kShown = {0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1.0};
  return std::any_of(kShown.begin(), kShown.end(), [&](double t) { return std::abs(t - threshold) < 1e-9; });
}

std::vector<std::string> tsv_row(const std::string& kind, const Json& row) {
  const auto value = [](const Json& from, const char* key) { return fmt::format("{}", from.at(key).get<double>()); };
  std::vector<std::string> cells = {kind, value(row, "threshold")};
  for (const char* key : {"edges", "right", "reversed", "right_sign"}) cells.push_back(count(row, key));
  for (const char* key : {"precision", "recall", "f1", "shd"}) cells.push_back(value(row, key));
  for (const char* order : {"random_order", "fitted_order"})
    for (const char* key : {"f1", "f1_sd", "shd", "shd_sd"}) cells.push_back(value(row.at("chance").at(order), key));
  return cells;
}

}  // namespace

std::string structure_text(const nlohmann::ordered_json& structure) {
  Table table{{"graph", "threshold", "edges", "right", "precision", "recall", "F1", "SHD"}, {}};
  const Json& chance = structure.at("chance");
  if (const Json& own = structure.at("at_threshold"); own.is_object()) {
    table.rows.push_back(cells_of("fit, its own threshold", own));
    table.rows.push_back(cells_of("as many, random order", chance.at("random_order")));
    table.rows.push_back(cells_of("as many, fitted order", chance.at("fitted_order")));
  }
  table.rows.push_back(cells_of("no edge", structure.at("chance").at("empty_graph")));
  for (const auto& row : structure.at("thresholds"))
    if (shown(row.at("threshold").get<double>())) table.rows.push_back(cells_of("fit", row));
  return fmt::format(
      "\nStructure recovery: {} true edges of {} latents. A reversed edge counts once in SHD.\n{}"
      "AUPRC {} (chance {}), target accuracy {} (chance {}), order violations {} (chance {}), mean correlation of "
      "latents {} (chance {})\n",
      structure.at("true_edges").get<std::int64_t>(), structure.at("n_latents").get<std::int64_t>(), to_text(table),
      number(structure.at("auprc")), number(chance.at("auprc")), number(structure.at("target_accuracy")),
      number(chance.at("target_accuracy")), structure.at("order_violations").get<std::int64_t>(),
      number(chance.at("order_violations"), 1), number(structure.at("latent_correlation")),
      number(chance.at("latent_correlation")));
}

void write_structure_tsv(const std::filesystem::path& path, const nlohmann::ordered_json& structure) {
  Table table{{"kind", "threshold", "edges", "right", "reversed", "right_sign", "precision", "recall", "f1", "shd"},
              {}};
  for (const std::string order : {"random_order", "fitted_order"})
    for (const std::string key : {"f1", "f1_sd", "shd", "shd_sd"})
      table.columns.push_back("chance_" + order + "_" + key);
  if (const Json& own = structure.at("at_threshold"); own.is_object()) table.rows.push_back(tsv_row("own", own));
  for (const auto& row : structure.at("thresholds")) table.rows.push_back(tsv_row("grid", row));
  write_tsv(path, table);
}

}  // namespace gracevae::impl
