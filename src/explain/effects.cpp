#include "explain/effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/statistics.hpp"
#include "screen/differential.hpp"
#include "screen/multiple_testing.hpp"

namespace gracevae {

namespace {

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
    std::vector<double> mean, sd;
    for (std::size_t g = 0; g < n_genes; ++g) {
      std::vector<double> of_runs;
      for (const GeneEffects* effect : effects) of_runs.push_back(effect->mean[g]);
      mean.push_back(mean_of(of_runs));
      sd.push_back(sample_sd(of_runs));
    }
    for (const std::int32_t gene : top_genes(mean, std::ssize(mean))) {
      const auto g = static_cast<std::size_t>(gene);
      const double half = mean_interval(sd[g], n_runs);
      text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", label_of(effects.front()->targets),
                          runs.front().genes[g], text_of(mean[g]), text_of(mean_over(effects, &GeneEffects::sd, g)),
                          text_of(mean_over(effects, &GeneEffects::low, g)),
                          text_of(mean_over(effects, &GeneEffects::high, g)), n_runs, text_of(sd[g]),
                          text_of(mean[g] - half), text_of(mean[g] + half));
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
    const auto values = [&](double Interaction::*number) {
      std::vector<double> of_runs;
      for (const Interaction* pair : pairs) of_runs.push_back(pair->*number);
      return of_runs;
    };
    const auto mean = [&](double Interaction::*number) { return text_of(mean_of(values(number))); };
    const auto sd = [&](double Interaction::*number) { return text_of(sample_sd(values(number))); };
    text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", label_of(targets), mean(&Interaction::norm_a),
                        mean(&Interaction::norm_b), mean(&Interaction::norm_ab), mean(&Interaction::norm_deviation),
                        sd(&Interaction::norm_deviation), mean(&Interaction::c_a), mean(&Interaction::c_b),
                        mean(&Interaction::magnitude), sd(&Interaction::magnitude), mean(&Interaction::fit));
  }
  return text;
}

}  // namespace gracevae
