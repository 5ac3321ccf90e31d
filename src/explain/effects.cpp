#include "explain/effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "screen/multiple_testing.hpp"

namespace gracevae {

namespace {

/// Mean and standard deviation (n − 1).
struct Spread {
  double mean = 0, sd = std::numeric_limits<double>::quiet_NaN();
};

Spread spread_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Spread result;
  result.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.sd = std::sqrt(squares / (n - 1));
  return result;
}

std::string text_of(double value) { return std::isnan(value) ? "NA" : fmt::format("{:.6g}", value); }

void check_genes(const std::vector<Responses>& runs) {
  for (const Responses& run : runs)
    if (run.genes != runs.front().genes)
      throw InputError(fmt::format("the runs have different genes ({} and {})", runs.front().genes.size(),
                                   run.genes.size()),
                       "give runs of one screen");
}

/// The effects of a condition in every run that has it.
std::vector<const GeneEffects*> effects_of(const std::vector<Responses>& runs, std::vector<std::string> targets) {
  std::sort(targets.begin(), targets.end());
  std::vector<const GeneEffects*> result;
  for (const Responses& run : runs)
    for (const GeneEffects& effect : run.effects)
      if (effect.targets == targets) result.push_back(&effect);
  return result;
}

double mean_over(const std::vector<const GeneEffects*>& effects, std::vector<double> GeneEffects::*list,
                 std::size_t gene) {
  double sum = 0;
  for (const GeneEffects* effect : effects) sum += (effect->*list)[gene];
  return sum / static_cast<double>(effects.size());
}

}  // namespace

double mean_interval(double sd, std::int64_t n) {
  if (n < 2) return std::numeric_limits<double>::quiet_NaN();
  const auto degrees = static_cast<double>(n - 1);
  double low = 0, high = 1;
  while (student_two_sided(high, degrees) > 0.05) high *= 2;
  for (int step = 0; step < 100; ++step) {
    const double middle = (low + high) / 2;
    (student_two_sided(middle, degrees) > 0.05 ? low : high) = middle;
  }
  return high * sd / std::sqrt(static_cast<double>(n));
}

std::string effects_tsv(const std::vector<Responses>& runs, const std::vector<std::vector<std::string>>& conditions) {
  check_genes(runs);
  std::string text = "condition\tgene\teffect\tsd\tlow\thigh\tn_runs\tsd_runs\tlow_runs\thigh_runs\n";
  for (const auto& targets : conditions) {
    const auto effects = effects_of(runs, targets);
    if (effects.empty()) continue;
    const auto n_runs = std::ssize(effects);
    const std::size_t n_genes = effects.front()->mean.size();
    std::vector<Spread> over_runs;
    for (std::size_t g = 0; g < n_genes; ++g) {
      std::vector<double> means;
      for (const GeneEffects* effect : effects) means.push_back(effect->mean[g]);
      over_runs.push_back(spread_of(means));
    }
    std::vector<std::size_t> order(n_genes);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::abs(over_runs[a].mean) > std::abs(over_runs[b].mean);
    });
    for (const std::size_t g : order) {
      const double mean = over_runs[g].mean, half = mean_interval(over_runs[g].sd, n_runs);
      text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", label_of(effects.front()->targets),
                          runs.front().genes[g], text_of(mean), text_of(mean_over(effects, &GeneEffects::sd, g)),
                          text_of(mean_over(effects, &GeneEffects::low, g)),
                          text_of(mean_over(effects, &GeneEffects::high, g)), n_runs, text_of(over_runs[g].sd),
                          text_of(mean - half), text_of(mean + half));
    }
  }
  return text;
}

std::string interactions_tsv(const std::vector<Responses>& runs,
                             const std::vector<std::vector<std::string>>& conditions) {
  check_genes(runs);
  std::vector<std::vector<Interaction>> found;
  for (const Responses& run : runs) found.push_back(interactions_of(run.genes, run.effects));
  std::string text =
      "pair\tnorm_a\tnorm_b\tnorm_ab\tnorm_deviation\tnorm_deviation_sd\tc_a\tc_b\tmagnitude\tmagnitude_sd\tfit\n";
  for (std::vector<std::string> targets : conditions) {
    std::sort(targets.begin(), targets.end());
    std::vector<const Interaction*> pairs;
    for (const auto& run : found)
      for (const Interaction& pair : run)
        if (pair.targets == targets) pairs.push_back(&pair);
    if (pairs.empty()) continue;
    const auto over_runs = [&](double Interaction::*number) {
      std::vector<double> values;
      for (const Interaction* pair : pairs) values.push_back(pair->*number);
      return spread_of(values);
    };
    const auto mean = [&](double Interaction::*number) { return text_of(over_runs(number).mean); };
    text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", label_of(targets), mean(&Interaction::norm_a),
                        mean(&Interaction::norm_b), mean(&Interaction::norm_ab), mean(&Interaction::norm_deviation),
                        text_of(over_runs(&Interaction::norm_deviation).sd), mean(&Interaction::c_a),
                        mean(&Interaction::c_b), mean(&Interaction::magnitude),
                        text_of(over_runs(&Interaction::magnitude).sd), mean(&Interaction::fit));
  }
  return text;
}

}  // namespace gracevae
