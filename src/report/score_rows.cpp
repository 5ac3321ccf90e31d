#include "report/score_rows.hpp"

#include <algorithm>
#include <limits>

#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "report/published.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

const Json* summary_row(const RunFiles& run, const std::string& kind, const std::string& gene_set,
                        const std::string& method) {
  if (!run.metrics) return nullptr;
  for (const Json& row : run.metrics->at("summary"))
    if (row.at("kind") == kind && row.at("gene_set") == gene_set && row.at("method") == method) return &row;
  return nullptr;
}

/// Whether two rows have the same scores of as many conditions.
bool same_scores(const Json* a, const Json* b) {
  if (!a || !b) return a == b;
  return a->at("n_conditions") == b->at("n_conditions") && a->at("metrics") == b->at("metrics");
}

}  // namespace

double value_of(const Json* row, const std::string& id) {
  return row ? number_at(row->at("metrics"), id) : std::numeric_limits<double>::quiet_NaN();
}

double error_of(const Json* row, const std::string& id) {
  return row && row->contains("standard_errors") ? number_at(row->at("standard_errors"), id)
                                                 : std::numeric_limits<double>::quiet_NaN();
}

std::vector<ScoreRow> score_rows(const std::vector<RunFiles>& runs, const std::string& kind) {
  std::vector<ScoreRow> rows;
  for (const std::string& method : score_methods()) {
    std::vector<ScoreRow> own;
    for (std::size_t r = 0; r < runs.size(); ++r) {
      ScoreRow row{method,
                   method,
                   r,
                   0,
                   summary_row(runs[r], kind, "de", method),
                   summary_row(runs[r], kind, "all", method),
                   summary_row(runs[r], kind, "paper", method)};
      if (!row.top && !row.all) continue;
      row.n_conditions = (row.all ? row.all : row.top)->at("n_conditions").get<std::int64_t>();
      if (runs.size() > 1) row.title = method + ", " + runs[r].name;
      own.push_back(row);
    }
    const bool same =
        own.size() > 1 && method != "model" && std::all_of(own.begin(), own.end(), [&](const ScoreRow& row) {
          return same_scores(row.top, own.front().top) && same_scores(row.all, own.front().all);
        });
    if (same) {
      own.resize(1);
      own.front().title = method;
      own.front().run.reset();
    }
    rows.insert(rows.end(), own.begin(), own.end());
  }
  return rows;
}

std::string published_variant(const RunFiles& run) {
  const std::string model = option_text(run, "model", "model", "");
  if (model != "grace-vae") return model;
  const std::string encoder = option_text(run, "model", "encoder", "sage");
  const std::string interventions = option_text(run, "model", "intervention_encoder", "mlp");
  const std::string level = option_text(run, "network", "level", "full");
  const bool corrupted = option_text(run, "network", "corrupt", "0.0") != "0.0";
  std::vector<std::string> departures;
  if (interventions != "mlp") departures.push_back(interventions);
  if (level != "full") departures.push_back(level);
  if (corrupted) departures.push_back(option_text(run, "network", "corrupt", "") == "0.5" ? "random-50" : "");
  const auto channels = option_text(run, "model", "gnn_channels", "[]");
  if (encoder == "gat" && channels == R"(["4","8"])")
    departures.emplace_back("gat-3");
  else if (channels != "[]")
    departures.emplace_back("");
  else if (encoder != "sage")
    departures.push_back(encoder + "-1");
  return departures.empty() ? model : departures.size() == 1 ? departures.front() : "";
}

std::vector<PublishedRun> published_runs(const std::vector<RunFiles>& runs, const std::string& dataset) {
  std::vector<PublishedRun> found;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const bool is_norman = option_text(runs[r], "split", "split", "") == "norman";
    const std::string own = dataset == "auto" ? (is_norman ? "norman" : "none") : dataset;
    std::string variant = published_variant(runs[r]);
    const auto is_printed = [&](const PublishedValue& value) {
      return value.dataset == own && value.variant == variant;
    };
    if (std::none_of(published_values().begin(), published_values().end(), is_printed))
      variant = option_text(runs[r], "model", "model", "");
    const auto is_known = [&](const PublishedRun& other) { return other.dataset == own && other.variant == variant; };
    if (std::none_of(published_values().begin(), published_values().end(), is_printed)) continue;
    if (std::none_of(found.begin(), found.end(), is_known)) found.push_back({r, own, variant});
  }
  return found;
}

std::vector<ScoreChart> score_charts(const std::vector<RunFiles>& runs, const std::string& dataset,
                                     const std::string& kind) {
  std::vector<ScoreChart> charts{{"de", kind_title(kind) + ", top DE genes", kHeadlineMetrics}};
  if (!published_runs(runs, dataset).empty())
    charts.push_back({"paper", kind_title(kind) + ", as published", kPaperMetrics});
  const std::vector<ScoreRow> rows = score_rows(runs, kind);
  std::erase_if(charts, [&](const ScoreChart& chart) {
    return std::none_of(rows.begin(), rows.end(), [&](const ScoreRow& row) { return row.of(chart.gene_set); });
  });
  return charts;
}

}  // namespace gracevae::impl
