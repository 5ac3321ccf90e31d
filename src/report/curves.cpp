#include "report/curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gracevae::impl {

namespace {

/// A line of a curve: a number of every epoch, or of the epochs with diagnostics.
struct Line {
  std::string key, name;
  enum Source { epoch, sparse_epoch, diagnostics } source = epoch;
};

struct Plan {
  std::string id, title;
  std::vector<Line> lines;
  std::string meaning;
  bool only_if_any = false;  ///< of models that have it: without, the values are 0 all along
};

const std::vector<Plan>& plans() {
  static const std::vector<Plan> all{
      {"loss", "Loss", {{"loss", "loss"}}, "all terms with their weights; rises while the weights rise"},
      {"mmd", "MMD", {{"mmd", "MMD"}}, "generated against observed perturbed cells"},
      {"mse", "Reconstruction", {{"mse", "MSE"}}, "mean squared error of control cells"},
      {"kl", "KL", {{"kl", "KL"}}, "posterior against prior, nats a cell; near 0 = the latents ignore the cell"},
      {"sparsity", "Sparsity", {{"sparsity", "L1 norm"}}, "L1 norm of the latent graph", true},
      {"smoothness",
       "Smoothness",
       {{"smoothness", "squared difference"}},
       "of the decoder's last weights over gene-gene edges",
       true},
      {"validation",
       "Validation",
       {{"validation", "score", Line::sparse_epoch}},
       "score on validation cells, lower is better"},
      {"schedules",
       "Schedules",
       {{"alpha", "α (MMD)"}, {"beta", "β (KL)"}, {"tau", "τ (temperature)"}},
       "weights of the loss terms and the temperature"},
      {"latents",
       "Latents",
       {{"active_units", "active units", Line::diagnostics}, {"latents_used", "used by labels", Line::diagnostics}},
       "units that vary with the cell, and distinct targets of the labels"},
      {"latent-graph",
       "Latent graph",
       {{"max_abs_g", "largest |G|", Line::diagnostics}, {"mean_abs_g", "mean |G|", Line::diagnostics}},
       "size of the edge weights",
       true}};
  return all;
}

ChartSeries series_of(const RunFiles& run, const Line& line, const std::string& name) {
  if (line.source == Line::diagnostics) return diagnostics_series(run, line.key, name);
  return history_series(run, line.key, name, line.source == Line::sparse_epoch);
}

bool has_any(const std::vector<ChartSeries>& series) {
  return std::any_of(series.begin(), series.end(), [](const ChartSeries& line) {
    return std::any_of(line.y.begin(), line.y.end(), [](double y) { return std::isfinite(y) && y != 0; });
  });
}

/// First and last epoch of all runs.
std::pair<double, double> epochs_of(const std::vector<const RunFiles*>& runs) {
  double low = number_at(runs.front()->history.front(), "epoch"), high = low;
  for (const RunFiles* run : runs) {
    low = std::min(low, number_at(run->history.front(), "epoch"));
    high = std::max(high, number_at(run->history.back(), "epoch"));
  }
  return {low, high};
}

}  // namespace

std::vector<TrainingCurve> training_curves(const std::vector<RunFiles>& runs) {
  std::vector<const RunFiles*> trained;  // a shift model has no history
  for (const RunFiles& run : runs)
    if (!run.history.empty()) trained.push_back(&run);
  std::vector<TrainingCurve> curves;
  if (trained.empty()) return curves;
  const auto [low, high] = epochs_of(trained);
  const auto add = [&](const Plan& plan, const std::string& id, const std::string& title,
                       std::vector<ChartSeries> series) {
    if (plan.only_if_any && !has_any(series)) return;
    curves.push_back({{id, title, "epoch", std::move(series), low, high}, plan.meaning});
  };
  for (const Plan& plan : plans()) {
    std::vector<ChartSeries> series;
    if (runs.size() == 1) {
      for (const Line& line : plan.lines) series.push_back(series_of(*trained.front(), line, line.name));
      add(plan, plan.id, plan.title, std::move(series));
      continue;
    }
    for (std::size_t k = 0; k < plan.lines.size(); ++k) {
      series.clear();
      for (const RunFiles* run : trained) series.push_back(series_of(*run, plan.lines[k], run->name));
      const bool alone = plan.lines.size() == 1;
      add(plan, alone ? plan.id : fmt::format("{}-{}", plan.id, k),
          alone ? plan.title : plan.title + ": " + plan.lines[k].name, std::move(series));
    }
  }
  return curves;
}

}  // namespace gracevae::impl
