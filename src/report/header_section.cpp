#include <fmt/format.h>

#include <cmath>

#include "base/progress.hpp"
#include "base/version.hpp"
#include "model/model_options.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae {

namespace {

std::string fact(const std::string& name, const std::string& value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(name), escape_html(value));
}

std::string tile(const std::string& name, const std::string& value, const std::string& note) {
  return fmt::format(
      "<div class=\"card tile\"><div class=\"name\">{}</div><div class=\"value\">{}</div>"
      "<div class=\"note\">{}</div></div>\n",
      escape_html(name), escape_html(value), escape_html(note));
}

double summary_value(const RunFiles& run, const std::string& kind, const std::string& method,
                     const std::string& metric) {
  for (const auto& row : run.metrics->at("summary"))
    if (row.at("kind") == kind && row.at("gene_set") == "de" && row.at("method") == method)
      return number_at(row.at("metrics"), metric);
  return std::nan("");
}

/// Headline scores of one kind, with the baseline and the ceiling under them.
std::string score_tiles(const RunFiles& run, const std::string& kind, const std::string& words) {
  std::string html;
  for (const auto& [metric, name] : {std::pair{"paper.r2", "R2"}, {"paper.mmd", "MMD"}}) {
    const double model = summary_value(run, kind, "model", metric);
    if (!std::isfinite(model)) continue;
    html += tile(fmt::format("{}, {}", name, words), fixed_text(model),
                 fmt::format("additive {}, ceiling {}", fixed_text(summary_value(run, kind, "additive", metric)),
                             fixed_text(summary_value(run, kind, "ceiling", metric))));
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

}  // namespace

std::string header_section(const RunFiles& run) {
  const std::string model = option_text(run, "model", "model");
  const std::string encoder = option_text(run, "model", "encoder", "");
  const std::string network = option_text(run, "network", "level", "");
  std::string html = "<header>\n<p class=\"brand\">gracevae</p>\n<h1>Training report</h1>\n<dl class=\"facts\">\n";
  html += fact("Data", file_name(option_text(run, "screen", "file")));
  const std::string interventions = option_text(run, "model", "intervention_encoder", "");
  const bool shows_encoder = !encoder.empty() && reads_encoder_option(model);
  html += fact("Model", shows_encoder ? model + ", encoder " + encoder : model);
  if (!network.empty() && needs_network({.model = model, .encoder = encoder, .intervention_encoder = interventions}))
    html += fact("Context graph", network);
  html += fact("Split", option_text(run, "split", "split"));
  html += fact("Seed", option_text(run, "train", "seed"));
  html += fact("Version", run_version(run));
  html += "</dl>\n</header>\n<section aria-label=\"Key numbers\">\n<div class=\"tiles\">\n";
  if (run.metrics) html += score_tiles(run, "double", "several targets") + score_tiles(run, "single", "single targets");
  html += training_tiles(run) + "</div>\n";
  if (run.metrics)
    html +=
        fmt::format("<p class=\"note\">Scores: the model's mean over conditions, each on its top {} DE genes.</p>\n",
                    run.metrics->at("n_top_genes").get<std::int64_t>());
  return html + "</section>\n";
}

std::string footer_section(const RunFiles& run) {
  return fmt::format(
      "<footer>\n<p>Made by gracevae {} from the files of a run of gracevae {}. To cite the model: "
      "<cite>Causal Representation Learning from Network Data</cite> (GraCE-VAE); please name this "
      "program and its version too.</p>\n</footer>\n",
      GRACEVAE_VERSION, escape_html(run_version(run)));
}

}  // namespace gracevae
