#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/progress.hpp"
#include "base/version.hpp"
#include "evaluate/metrics.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"
#include "run/model_options.hpp"

namespace gracevae::impl {

namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string tile(const std::string& name, const std::string& value, const std::string& note) {
  return fmt::format(
      "<div class=\"card tile\"><div class=\"name\">{}</div><div class=\"value\">{}</div>"
      "<div class=\"note\">{}</div></div>\n",
      escape_html(name), escape_html(value), escape_html(note));
}

double summary_value(const RunFiles& run, const std::string& kind, const std::string& gene_set,
                     const std::string& method, const std::string& metric) {
  for (const auto& row : run.metrics->at("summary"))
    if (row.at("kind") == kind && row.at("gene_set") == gene_set && row.at("method") == method)
      return number_at(row.at("metrics"), metric);
  return std::nan("");
}

/// Headline scores of one kind, with the baseline and the ceiling under them; on all genes where none were chosen.
std::string score_tiles(const RunFiles& run, const std::string& kind, const std::string& words) {
  std::string html;
  for (const char* metric : {"r2.corrected", "mmd.unbiased"})
    for (const char* gene_set : {"de", "all"}) {
      const auto value = [&](const char* method) { return summary_value(run, kind, gene_set, method, metric); };
      if (!std::isfinite(value("model"))) continue;
      html += tile(fmt::format("{}, {}", metric_info(metric).title, words), fixed_text(value("model")),
                   fmt::format("additive {}, noise-free {}", fixed_text(value("additive")),
                               fixed_text(value("noise-free"))));
      break;
    }
  return html;
}

std::string training_tiles(const RunFiles& run) {
  if (run.history.empty()) return "";  // a shift model
  const auto& last = run.history.back();
  double seconds = 0;
  for (const auto& epoch : run.history)
    if (const double s = number_at(epoch, "seconds"); std::isfinite(s)) seconds += s;
  std::string html = tile("Epochs", std::to_string(run.history.size()),
                          fmt::format("of {}, {}", option_text(run, "train", "epochs", "?"), duration_text(seconds)));
  html += tile("Last loss", short_text(number_at(last, "loss")),
               fmt::format("MMD {}, MSE {}, KL {}", short_text(number_at(last, "mmd")),
                           short_text(number_at(last, "mse")), short_text(number_at(last, "kl"))));
  const ChartSeries active = diagnostics_series(run, "active_units", ""),
                    used = diagnostics_series(run, "latents_used", "");
  if (active.y.empty()) return html;
  const ChartSeries labels = diagnostics_series(run, "n_labels", "");
  html += tile("Active units", short_text(active.y.back()), "latents that vary with the cell");
  return html +
         tile("Latents used", short_text(used.y.back()), fmt::format("by {} labels", short_text(labels.y.back())));
}

std::string file_name(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name.empty() ? path : name;
}

std::string run_version(const RunFiles& run) { return option_text(run, "environment", "version", GRACEVAE_VERSION); }

/// What was run; the same names for every run, "" where a model has no such thing.
Facts facts_of(const RunFiles& run) {
  const std::string model = option_text(run, "model", "model");
  const std::string encoder = option_text(run, "model", "encoder", "");
  const std::string interventions = option_text(run, "model", "intervention_encoder", "");
  const bool shows_encoder = !encoder.empty() && reads_encoder_option(model);
  ModelOptions options;
  options.model = model;
  options.encoder = encoder;
  options.intervention_encoder = interventions;
  const bool has_network = needs_network(options);
  return {{"Data", file_name(option_text(run, "screen", "file"))},
          {"Model", shows_encoder ? model + ", encoder " + encoder : model},
          {"Objective", option_text(run, "train", "objective", "")},
          {"Context graph", has_network ? option_text(run, "network", "level", "") : ""},
          {"Split", option_text(run, "split", "split")},
          {"Seed", option_text(run, "train", "seed")},
          {"Version", run_version(run)}};
}

std::string facts_list(const RunFiles& run) {
  std::string html = "<dl class=\"facts\">\n";
  for (const auto& [name, value] : facts_of(run))
    if (!value.empty())
      html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(name), escape_html(value));
  return html + "</dl>\n";
}

std::string last_text(const ChartSeries& series) { return series.y.empty() ? "n/a" : short_text(series.y.back()); }

/// Facts and headline numbers, a column a run.
std::string runs_table(const Runs& runs) {
  HtmlTable table{"What was run", {""}, {}};
  for (const RunFiles& run : runs) table.columns.push_back(run.name);
  const auto add = [&](const std::string& name, const auto& value) {
    std::vector<std::string> row{name};
    for (const RunFiles& run : runs) row.push_back(value(run));
    if (std::any_of(row.begin() + 1, row.end(), [](const std::string& text) { return !text.empty(); }))
      table.rows.push_back(std::move(row));
  };
  for (std::size_t i = 0; i < facts_of(runs.front()).size(); ++i)
    add(facts_of(runs.front())[i].first, [&](const RunFiles& run) { return facts_of(run)[i].second; });
  add("Epochs", [](const RunFiles& run) { return std::to_string(run.history.size()); });
  add("Active units", [](const RunFiles& run) { return last_text(diagnostics_series(run, "active_units", "")); });
  add("Latents used by labels",
      [](const RunFiles& run) { return last_text(diagnostics_series(run, "latents_used", "")); });
  return "<div class=\"wide runs\">" + html_table(table) + "</div>\n";
}

/// Means over the conditions of a run beside baseline and ceiling.
std::string key_numbers(const RunFiles& run) {
  std::string html = "<section aria-label=\"Key numbers\">\n<div class=\"tiles\">\n";
  if (run.metrics) html += score_tiles(run, "double", "several targets") + score_tiles(run, "single", "single targets");
  html += training_tiles(run) + "</div>\n";
  if (run.metrics)
    html += fmt::format(
        "<p class=\"note\">Scores: the model's mean over conditions, each on its top {} DE genes, chosen without the "
        "cells that are scored.</p>\n",
        run.metrics->at("n_top_genes").get<std::int64_t>());
  return html + "</section>\n";
}

}  // namespace

std::string run_suffix(const Runs& runs, std::size_t run) { return runs.size() > 1 ? ": " + runs[run].name : ""; }

std::string header_section(const Runs& runs) {
  const std::string brand = "<header>\n<p class=\"brand\">gracevae</p>\n";
  if (runs.size() > 1)
    return brand + fmt::format("<h1>Comparison of {} runs</h1>\n", runs.size()) + runs_table(runs) + "</header>\n";
  return brand + "<h1>Training report</h1>\n" + facts_list(runs.front()) + "</header>\n" + key_numbers(runs.front());
}

std::string footer_section(const Runs& runs) {
  std::vector<std::string> versions;
  for (const RunFiles& run : runs)
    if (const std::string version = run_version(run);
        std::find(versions.begin(), versions.end(), version) == versions.end())
      versions.push_back(version);
  return fmt::format(
      "<footer>\n<p>Made by gracevae {} from the files of {} of gracevae {}. To cite the model: "
      "<cite>Causal Representation Learning from Network Data</cite> (GraCE-VAE); please name this "
      "program and its version too.</p>\n</footer>\n",
      GRACEVAE_VERSION, runs.size() > 1 ? fmt::format("{} runs", runs.size()) : "a run",
      escape_html(fmt::format("{}", fmt::join(versions, " and "))));
}

}  // namespace gracevae::impl
