#include "effects/plan_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "effects/design.hpp"
#include "effects/effect_inputs.hpp"
#include "effects/pair_model.hpp"
#include "io/table.hpp"
#include "stats/principal_components.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

using Condition = std::vector<std::string>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

std::set<Condition> conditions_in(const std::string& file) {
  std::set<Condition> conditions;
  if (!file.empty())
    for (const std::string& name : read_names(file)) conditions.insert(targets_of_name(name));
  return conditions;
}

/// Conditions to choose from, and those whose effects are wanted; each in the order of their names.
struct Choice {
  std::vector<Condition> candidates, interest;
};

/// `possible`: all that a plan of this kind could have.
Choice choose(const std::vector<Condition>& possible, const DesignOptions& options, std::uint64_t seed) {
  const std::set<Condition> given = conditions_in(options.candidates), excluded = conditions_in(options.exclude),
                            wanted = conditions_in(options.interest);
  Choice choice;
  for (const Condition& condition : possible)
    if ((options.candidates.empty() || given.contains(condition)) && !excluded.contains(condition))
      choice.candidates.push_back(condition);
  if (choice.candidates.empty())
    throw InputError({.place = "design.candidates",
                      .found = "no condition is left to choose from",
                      .expected = "one that is not measured"},
                     "candidates are unmeasured targets that a source knows, or pairs of measured targets, less those "
                     "of design.exclude");
  if (std::ssize(choice.candidates) > options.most) {
    log::warning("{} candidates: {} are drawn at random; design.most_candidates takes more", choice.candidates.size(),
                 options.most);
    std::vector<Condition> drawn;
    for (const std::int64_t i :
         draw_rows(std::ssize(choice.candidates), options.most, Random(seed, "design.candidates")))
      drawn.push_back(choice.candidates[at(i)]);
    choice.candidates = std::move(drawn);
  }
  for (const Condition& condition : possible)
    if (wanted.contains(condition)) choice.interest.push_back(condition);
  if (!options.interest.empty() && choice.interest.empty())
    throw InputError({.place = "design.interest",
                      .found = fmt::format("{} names no condition that could be predicted", options.interest)});
  return choice;
}

/// Everything once: candidates first; where each is.
struct Numbered {
  std::vector<Condition> conditions;
  std::vector<std::int64_t> candidates, interest;

  explicit Numbered(const Choice& choice) {
    std::map<Condition, std::int64_t> place;
    const auto number = [&](const Condition& condition) {
      const auto [entry, fresh] = place.emplace(condition, std::ssize(conditions));
      if (fresh) conditions.push_back(condition);
      return entry->second;
    };
    for (const Condition& condition : choice.candidates) candidates.push_back(number(condition));
    for (const Condition& condition : choice.interest) interest.push_back(number(condition));
    if (interest.empty()) interest = candidates;
  }
};

PlanCriterion criterion_of(const DesignOptions& options) {
  return options.criterion == "variance" ? PlanCriterion::variance
         : options.criterion == "random" ? PlanCriterion::random
                                         : PlanCriterion::reduction;
}

double measured_noise(const EffectTable& measured, const DesignOptions& options) {
  return options.error > 0 ? options.error * options.error : median_of_positive(measured.noise);
}

std::vector<PlannedCondition> plan_targets(const EffectInputs& inputs, const EffectOptions& effects,
                                           const DesignOptions& options, const Numbered& numbered, double& before) {
  std::vector<std::int64_t> items;
  for (const Condition& condition : numbered.conditions) items.push_back(inputs.targets->find(condition.front()));
  // One process for all candidates: a source that lacks a target says nothing of it.
  std::vector<std::size_t> parts(inputs.kernels->n_parts());
  std::iota(parts.begin(), parts.end(), 0);
  const EffectProcess process(*inputs.kernels, parts, inputs.measured_items(), inputs.singles.effects,
                              inputs.singles.noise, model_options(effects).process);
  Matrix<double> covariance = process.posterior_covariance(items);
  for (const std::int64_t j : numbered.interest) before += covariance(j, j);
  return greedy_plan(std::move(covariance), std::vector<double>(items.size(), process.weights().total()),
                     numbered.candidates, numbered.interest, measured_noise(inputs.singles, options), options.budget,
                     criterion_of(options), static_cast<std::uint64_t>(effects.seed));
}

std::vector<PlannedCondition> plan_pairs(const EffectInputs& inputs, const EffectOptions& effects,
                                         const DesignOptions& options, const Numbered& numbered, double& before) {
  std::vector<TargetPair> asked;
  for (const Condition& condition : numbered.conditions) {
    const auto rows = rows_of_targets(inputs.singles, condition);
    asked.emplace_back(rows[0], rows[1]);
  }
  const PairModel model(inputs.singles, inputs.pairs, asked, model_options(effects));
  if (!model.has_process())
    throw InputError({.place = inputs.pairs.source,
                      .found = fmt::format("{} measured pairs", inputs.pairs.conditions.size()),
                      .expected = fmt::format("{} or more to say which pairs are alike", PairModel::kFewestForProcess)},
                     "measure some first, of different targets");
  std::vector<double> priors;
  Matrix<double> covariance = model.posterior_covariance(priors);
  for (const std::int64_t j : numbered.interest) before += covariance(j, j);
  return greedy_plan(std::move(covariance), priors, numbered.candidates, numbered.interest,
                     options.error * options.error, options.budget, criterion_of(options),
                     static_cast<std::uint64_t>(effects.seed));
}

std::string text_of(const Condition& condition) { return fmt::format("{}", fmt::join(condition, "+")); }

}  // namespace

void DesignOptions::bind(OptionTable& table) {
  const auto add = [&](const char* name, auto& field, const char* help) -> Option& {
    return table.add("design", name, field, help);
  };
  add("plan", plan, "What is planned: targets, or pairs of measured targets.").one_of({"targets", "pairs"});
  add("criterion", criterion,
      "How the next condition is chosen. reduction: it takes away most of the variance of what is of interest. variance: "
      "it is the most different from what is measured. random: for comparison, by effects.seed.")
      .one_of({"reduction", "variance", "random"});
  add("budget", budget, "Conditions that can be measured.").range(1, 100000);
  add("batch", batch, "Conditions that are measured at a time, for the plan's column; 0 = all at once.").at_least(0);
  add("candidates", candidates,
      "File of conditions to choose from, one a line. Default: genes of the effects that were not measured and that a "
      "source knows; of pairs all of measured targets.");
  add("exclude", exclude, "File of conditions that cannot be measured, one a line.");
  add("interest", interest, "File of conditions whose effects are wanted, one a line. Default: the candidates.");
  add("error", error,
      "Expected error of a measured effect, root mean square over genes. Default: the median of those measured, 0 for a "
      "table without errors and for pairs.")
      .at_least(0);
  add("most_candidates", most, "More candidates are drawn at random; memory is 8 bytes times their square.")
      .range(1, 50000);
}

std::string plan_experiment(const fs::path& source, const ScreenOptions& screen, const EffectOptions& effects,
                            const DesignOptions& options, const fs::path& file) {
  const bool of_pairs = options.plan == "pairs";
  FurtherInputs further;
  further.genes = !of_pairs && options.candidates.empty();
  if (!of_pairs)
    for (const std::string& list : {options.candidates, options.interest})
      for (const Condition& condition : conditions_in(list)) further.names.push_back(condition.front());
  const EffectInputs inputs = read_effect_inputs(source, screen, effects, further);
  std::vector<Condition> possible;
  std::set<Condition> measured(inputs.pairs.conditions.begin(), inputs.pairs.conditions.end());
  const std::vector<std::string>& names = inputs.targets->names();
  const auto n_measured = std::ssize(inputs.singles.conditions);
  if (of_pairs) {
    for (std::int64_t i = 0; i < n_measured; ++i)
      for (std::int64_t j = i + 1; j < n_measured; ++j) {
        const auto [a, b] = std::minmax(names[at(i)], names[at(j)]);
        if (!measured.contains({a, b})) possible.push_back({a, b});
      }
  } else {
    for (std::int64_t i = n_measured; i < std::ssize(names); ++i)
      for (std::size_t part = 0; part < inputs.kernels->n_parts(); ++part)
        if (inputs.kernels->knows(part, i)) {
          possible.push_back({names[at(i)]});
          break;
        }
  }
  std::ranges::sort(possible);
  const Numbered numbered(choose(possible, options, static_cast<std::uint64_t>(effects.seed)));
  double before = 0;
  const auto plan = of_pairs ? plan_pairs(inputs, effects, options, numbered, before)
                             : plan_targets(inputs, effects, options, numbered, before);
  Table table{{"step", "batch", "condition", "takes", "left", "expected_cosine"}, {}};
  for (std::int64_t step = 0; step < std::ssize(plan); ++step) {
    const PlannedCondition& next = plan[at(step)];
    table.rows.push_back({std::to_string(step + 1), std::to_string(options.batch > 0 ? 1 + step / options.batch : 1),
                          text_of(numbered.conditions[at(next.item)]), fmt::format("{:.4f}", next.reduction / before),
                          fmt::format("{:.4f}", next.left / before), fmt::format("{:.3f}", next.expected_cosine)});
  }
  if (!file.empty()) write_tsv(file, table);
  return fmt::format("{} of {} candidates\n{}", plan.size(), numbered.candidates.size(), to_text(table));
}

std::string plan_cells(const ScreenOptions& screen, const PowerOptions& options, const fs::path& file) {
  const PilotNoise pilot = pilot_noise(load_screen(screen));
  const Table power = power_table(pilot, options), cosine = cosine_table(pilot, options);
  if (!file.empty()) {
    write_tsv(file, power);
    fs::path conditions = file;
    conditions.replace_filename(file.stem().string() + "_conditions" + file.extension().string());
    write_tsv(conditions, cosine);
  }
  return fmt::format(
      "cells a condition for effects on one gene, power {}, alpha {}\n{}\ncells a condition for a cosine of "
      "{} with its true profile\n{}",
      options.power, options.alpha, to_text(power), options.cosine, to_text(cosine));
}

}  // namespace gracevae::impl
