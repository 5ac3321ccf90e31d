#include "effects/power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "io/delimited.hpp"
#include "io/lines.hpp"
#include "stats/distributions.hpp"
#include "stats/group_moments.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kNormalDegrees = 1e6;  // of Student's t, which is then normal
constexpr double kShares[] = {0.25, 0.5, 0.75, 0.95};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

std::vector<double> sizes_of(const PowerOptions& options) {
  std::vector<double> sizes;
  for (const std::string_view word : split(options.sizes, ',')) {
    double size = 0;
    if (!parse_number(trim(word), size) || !(size > 0) || !std::isfinite(size))
      throw ConfigError({.place = "power.sizes",
                         .found = fmt::format("'{}'", word),
                         .expected = "numbers above 0, separated by commas"});
    sizes.push_back(size);
  }
  return sizes;
}

std::string cells_text(double n) {
  return std::isfinite(n) && n < 1e9 ? fmt::format("{:.0f}", std::max(2.0, std::ceil(n))) : "never";
}

double control_cells(const PilotNoise& pilot, const PowerOptions& options) {
  return static_cast<double>(options.control_cells > 0 ? options.control_cells : pilot.n_control);
}

}  // namespace

void PowerOptions::bind(OptionTable& table) {
  const auto add = [&](const char* name, auto& field, const char* help) -> Option& {
    return table.add("power", name, field, help);
  };
  add("sizes", sizes, "Sizes of effects on one gene, on the scale of the values, separated by commas.");
  add("power", power, "Probability that an effect of that size is found.").range(0.05, 0.999);
  add("alpha", alpha,
      "Two-sided error of the first kind for one gene; 0.001 is about what a false discovery rate of 5 % "
      "asks where one gene in fifty moves.")
      .range(1e-12, 0.5);
  add("cosine", cosine, "Cosine of a measured profile with the true one that is to be reached.").range(0.05, 0.999);
  add("control_cells", control_cells, "Control cells that are planned; 0 = those of the pilot.").at_least(0);
}

PilotNoise pilot_noise(const Screen& screen) {
  const auto n_regimes = std::ssize(screen.regimes);
  GroupMoments moments(n_regimes, screen.n_genes());
  moments.add_rows(screen.rows(), screen.regime_of_cell);
  PilotNoise pilot;
  pilot.n_control = moments.n_rows(0);
  if (pilot.n_control < 2)
    throw InputError(
        {.place = screen.source, .found = fmt::format("{} control cells", pilot.n_control), .expected = "two or more"});
  pilot.mean.resize(at(screen.n_genes()));
  pilot.variance.assign(at(screen.n_genes()), 0.0);
  double degrees = 0;
  for (std::int64_t k = 0; k < n_regimes; ++k)
    degrees += static_cast<double>(std::max<std::int64_t>(0, moments.n_rows(k) - 1));
  for (std::int64_t g = 0; g < screen.n_genes(); ++g) {
    pilot.mean[at(g)] = moments.mean(0, g);
    for (std::int64_t k = 0; k < n_regimes; ++k)
      if (moments.n_rows(k) > 1)
        pilot.variance[at(g)] += moments.variance(k, g) * static_cast<double>(moments.n_rows(k) - 1) / degrees;
  }
  for (std::int64_t k = 1; k < n_regimes; ++k) {
    if (moments.n_rows(k) < 2) continue;
    double signal = 0;
    for (std::int64_t g = 0; g < screen.n_genes(); ++g) {
      const double effect = moments.mean(k, g) - pilot.mean[at(g)];
      signal += effect * effect - moments.variance(k, g) / static_cast<double>(moments.n_rows(k)) -
                moments.variance(0, g) / static_cast<double>(pilot.n_control);
    }
    pilot.conditions.push_back(screen.regimes[at(k)].label);
    pilot.n_cells.push_back(static_cast<double>(moments.n_rows(k)));
    pilot.signal.push_back(signal);
  }
  if (pilot.conditions.empty())
    throw InputError({.place = screen.source, .found = "no condition of two cells or more"});
  return pilot;
}

double cells_for_effect(double d, double variance, double n_control, const PowerOptions& options) {
  const double z =
      student_quantile(options.alpha, kNormalDegrees) + student_quantile(2 * (1 - options.power), kNormalDegrees);
  const double squared_error = d * d / (z * z) - variance / n_control;
  return squared_error > 0 ? variance / squared_error : kNever;
}

double cells_for_cosine(double signal, double total_variance, double cosine) {
  const double squared = cosine * cosine;
  return signal > 0 ? squared / (1 - squared) * total_variance / signal : kNever;
}

Table power_table(const PilotNoise& pilot, const PowerOptions& options) {
  const std::vector<double> sizes = sizes_of(options);
  std::vector<double> variances;
  for (const double variance : pilot.variance)
    if (variance > 0) variances.push_back(variance);
  Table table{{"genes", "variance"}, {}};
  for (const double size : sizes) table.columns.push_back(fmt::format("cells_for_{:g}", size));
  if (variances.empty()) return table;
  for (const double share : kShares) {
    const double variance = quantile(std::span(variances), share);
    table.rows.push_back({fmt::format("{:.0f} % are below", 100 * share), fmt::format("{:.3g}", variance)});
    for (const double size : sizes)
      table.rows.back().push_back(cells_text(cells_for_effect(size, variance, control_cells(pilot, options), options)));
  }
  return table;
}

Table cosine_table(const PilotNoise& pilot, const PowerOptions& options) {
  const double total = std::accumulate(pilot.variance.begin(), pilot.variance.end(), 0.0);
  Table table{{"condition", "cells_in_pilot", "norm", "cosine_now", "cells_needed"}, {}};
  for (std::size_t k = 0; k < pilot.conditions.size(); ++k) {
    const double signal = pilot.signal[k];
    table.rows.push_back(
        {pilot.conditions[k], fmt::format("{:.0f}", pilot.n_cells[k]),
         fmt::format("{:.3g}", std::sqrt(std::max(0.0, signal))),
         signal > 0 ? fmt::format("{:.2f}", std::sqrt(signal / (signal + total / pilot.n_cells[k]))) : "0.00",
         cells_text(cells_for_cosine(signal, total, options.cosine))});
  }
  return table;
}

}  // namespace gracevae::impl
