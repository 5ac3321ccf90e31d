#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/sections.hpp"

namespace gracevae {

namespace {

/// A chart with its caption: name, last value of a single line, meaning, and a legend when there are several lines.
std::string figure(const LineChart& chart, const std::string& meaning) {
  std::string caption = fmt::format("<figcaption><strong>{}</strong>", escape_html(chart.title));
  if (chart.series.size() == 1 && !chart.series[0].y.empty())
    caption += fmt::format(" <span class=\"last\">{}</span>", short_text(chart.series[0].y.back()));
  caption += fmt::format("<br/><span class=\"note\">{}</span>", escape_html(meaning));
  if (chart.series.size() > 1) {
    caption += "<br/><span class=\"legend\">";
    for (std::size_t k = 0; k < chart.series.size(); ++k)
      caption += fmt::format(
          "<span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 28 8\" aria-hidden=\"true\" "
          "xmlns=\"http://www.w3.org/2000/svg\">"
          "<g class=\"line s{}\"><path d=\"M1 4L27 4\"/></g></svg> {} <span class=\"last\">{}</span></span>",
          k, escape_html(chart.series[k].name),
          chart.series[k].y.empty() ? "n/a" : short_text(chart.series[k].y.back()));
    caption += "</span>";
  }
  return fmt::format("<figure>{}</figcaption>\n{}</figure>\n", caption, svg_line_chart(chart));
}

}  // namespace

std::string training_section(const RunFiles& run) {
  if (run.history.empty()) return "";  // a shift model
  const auto epochs = [&](const std::string& key, const std::string& name) { return history_series(run, key, name); };
  const auto checks = [&](const std::string& key, const std::string& name) {
    return diagnostics_series(run, key, name);
  };
  std::string html =
      "<section>\n<h2>Training</h2>\n<p class=\"note\">Means over each epoch's steps; loss terms before their weights. "
      "The number beside a name is the last value.</p>\n<div class=\"charts\">\n";
  const auto add = [&](const std::string& id, const std::string& title, std::vector<ChartSeries> series,
                       const std::string& meaning) {
    const double first = number_at(run.history.front(), "epoch"), last = number_at(run.history.back(), "epoch");
    html += figure({id, title, "epoch", std::move(series), first, last}, meaning);
  };
  add("loss", "Loss", {epochs("loss", "loss")}, "all terms with their weights; rises while the weights rise");
  add("mmd", "MMD", {epochs("mmd", "MMD")}, "generated against observed perturbed cells");
  add("mse", "Reconstruction", {epochs("mse", "MSE")}, "mean squared error of control cells");
  add("kl", "KL", {epochs("kl", "KL")}, "posterior against prior, nats a cell; near 0 = the latents ignore the cell");
  // Of models that have one: without, these are 0 all along.
  const auto add_if_any = [&](const std::string& id, const std::string& title, const std::vector<ChartSeries>& series,
                              const std::string& meaning) {
    const auto& values = series.front().y;
    if (std::any_of(values.begin(), values.end(), [](double y) { return std::isfinite(y) && y != 0; }))
      add(id, title, series, meaning);
  };
  add_if_any("sparsity", "Sparsity", {epochs("sparsity", "L1 norm")}, "L1 norm of the latent graph");
  add_if_any("smoothness", "Smoothness", {epochs("smoothness", "squared difference")},
             "of the decoder's last weights over gene-gene edges");
  add("validation", "Validation", {history_series(run, "validation", "score", true)},
      "score on validation cells, lower is better");
  add("schedules", "Schedules",
      {epochs("alpha", "α (MMD)"), epochs("beta", "β (KL)"), epochs("tau", "τ (temperature)")},
      "weights of the loss terms and the temperature");
  add("latents", "Latents", {checks("active_units", "active units"), checks("latents_used", "used by labels")},
      "units that vary with the cell, and distinct targets of the labels");
  add_if_any("graph", "Latent graph", {checks("max_abs_g", "largest |G|"), checks("mean_abs_g", "mean |G|")},
             "size of the edge weights");
  return html + "</div>\n</section>\n";
}

}  // namespace gracevae
