#include "explain/effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "stats/distributions.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

void check_genes(const std::vector<Responses>& runs) {
  for (const Responses& run : runs)
    if (run.genes != runs.front().genes)
      throw InputError(fmt::format("the runs have different genes ({} and {})", runs.front().genes.size(),
                                   run.genes.size()),
                       "give runs of one screen");
}

/// The effects of a condition in one run that has it.
struct RunEffects {
  const Responses* run;
  const GeneEffects* effects;
};

/// Those of every run that has the condition.
std::vector<RunEffects> effects_of(const std::vector<Responses>& runs, std::vector<std::string> targets) {
  std::sort(targets.begin(), targets.end());
  std::vector<RunEffects> result;
  for (const Responses& run : runs)
    for (const GeneEffects& effects : run.effects)
      if (effects.targets == targets) result.push_back({&run, &effects});
  return result;
}

/// Mean over runs of what `value` takes of each.
template <class Value>
std::vector<double> mean_over(const std::vector<RunEffects>& runs, const Value& value) {
  std::vector<double> mean(value(runs.front()).size());
  for (const RunEffects& run : runs)
    for (std::size_t g = 0; g < mean.size(); ++g) mean[g] += value(run)[g] / static_cast<double>(runs.size());
  return mean;
}

}  // namespace

double mean_interval(double sd, std::int64_t n) {
  if (n < 2) return std::numeric_limits<double>::quiet_NaN();
  return student_quantile(0.05, static_cast<double>(n - 1)) * sd / std::sqrt(static_cast<double>(n));
}

std::string effects_tsv(const std::vector<Responses>& runs, const std::vector<std::vector<std::string>>& conditions) {
  check_genes(runs);
  std::string text = "condition\tgene\tcontrol\teffect\tse\tsd\tlow\thigh\tn_runs\tsd_runs\tlow_runs\thigh_runs\n";
  for (const auto& targets : conditions) {
    const auto found = effects_of(runs, targets);
    if (found.empty()) continue;
    const auto n_runs = std::ssize(found);
    const auto mean = [&](std::vector<double> GeneEffects::*list) {
      return mean_over(
          found, [list](const RunEffects& run) -> const auto& { return run.effects->*list; });
    };
    const std::vector<double> control = mean_over(
                                  found, [](const RunEffects&run) -> const auto& { return run.run->control; }),
                              effect = mean(&GeneEffects::mean), se = mean(&GeneEffects::se),
                              sd = mean(&GeneEffects::sd), low = mean(&GeneEffects::low),
                              high = mean(&GeneEffects::high);
    for (const std::size_t g : surest_first(effect, se)) {
      std::vector<double> of_runs;
      for (const RunEffects& run : found) of_runs.push_back(run.effects->mean[g]);
      const double sd_runs = sample_sd(of_runs), half = mean_interval(sd_runs, n_runs),
                   low_runs = n_runs > 1 ? std::max(effect[g] - half, runs.front().smallest_value - control[g]) : half;
      text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", label_of(found.front().effects->targets),
                          runs.front().genes[g], number_or_na(control[g]), number_or_na(effect[g]), number_or_na(se[g]),
                          number_or_na(sd[g]), number_or_na(low[g]), number_or_na(high[g]), n_runs,
                          number_or_na(sd_runs), number_or_na(low_runs), number_or_na(effect[g] + half));
    }
  }
  return text;
}

std::string interactions_tsv(const std::vector<Responses>& runs,
                             const std::vector<std::vector<std::string>>& conditions) {
  check_genes(runs);
  std::vector<std::vector<Interaction>> found;
  for (const Responses& run : runs) found.push_back(interactions_of(run, ExplainOptions().interaction_rate));
  std::string text = "pair" + number_columns("") + "\tnorm_deviation_sd\tmagnitude_sd" + measured_columns() + "\n";
  for (std::vector<std::string> targets : conditions) {
    std::sort(targets.begin(), targets.end());
    std::vector<const Interaction*> pairs;
    for (const auto& run : found)
      for (const Interaction& pair : run)
        if (pair.targets == targets) pairs.push_back(&pair);
    if (pairs.empty()) continue;
    const auto over_runs = [&](Measured PairNumbers::*number, double Measured::*part) {
      std::vector<double> values;
      for (const Interaction* pair : pairs) values.push_back(pair->predicted.*number.*part);
      return values;
    };
    PairNumbers mean;
    for (Measured PairNumbers::*number : kPairNumbers)
      mean.*number = {mean_of(over_runs(number, &Measured::value)), mean_of(over_runs(number, &Measured::error))};
    const auto sd = [&](Measured PairNumbers::*number) {
      return number_or_na(sample_sd(over_runs(number, &Measured::value)));
    };
    text += fmt::format("{}{}\t{}\t{}{}\n", label_of(targets), number_columns(mean), sd(&PairNumbers::norm_deviation),
                        sd(&PairNumbers::magnitude), measured_columns(*pairs.front()));
  }
  return text;
}

}  // namespace gracevae::impl
