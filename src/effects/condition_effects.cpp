#include "effects/condition_effects.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/log.hpp"
#include "effects/pair_model.hpp"

namespace gracevae::impl {

namespace {

constexpr double kVaryingShare = 0.25;

using Targets = std::vector<std::string>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

void add(std::vector<double>& sum, const std::vector<double>& row, double factor = 1) {
  for (std::size_t g = 0; g < sum.size(); ++g) sum[g] += factor * row[g];
}

/// The quarter of the genes whose effects vary most over conditions.
std::vector<bool> varying_genes(const EffectTable& table) {
  const std::vector<double> mean = mean_effect(table);
  std::vector<double> variance(mean.size(), 0.0);
  for (std::int64_t i = 0; i < table.effects.n_rows; ++i)
    for (std::size_t g = 0; g < mean.size(); ++g) variance[g] += std::pow(table.effects.row(i)[g] - mean[g], 2);
  std::vector<std::size_t> order(mean.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return variance[a] > variance[b]; });
  std::vector<bool> varying(mean.size(), false);
  const auto n = static_cast<std::size_t>(std::ceil(kVaryingShare * static_cast<double>(mean.size())));
  for (std::size_t i = 0; i < n; ++i) varying[order[i]] = true;
  return varying;
}

/// Half widths of the intervals of a target of which nothing is known [levels, genes].
Matrix<double> intervals_around_mean(const EffectInputs& inputs, const EffectModelOptions& options) {
  Matrix<double> result(std::ssize(options.levels), std::ssize(inputs.singles.genes));
  const std::int64_t unmeasured = std::ssize(inputs.singles.conditions);
  const SourceKernels none({});
  EffectModel(inputs.singles, inputs.measured_items(), none, options)
      .predict(std::vector{unmeasured}, [&](EffectPrediction&& said) {
        for (std::int64_t level = 0; level < result.n_rows; ++level)
          for (std::int64_t g = 0; g < result.n_cols; ++g) result(level, g) = said.half_width(at(g), at(level));
      });
  return result;
}

/// Singles, each by its targets, and a table of them with those that were not measured.
class PredictedSingles {
 public:
  PredictedSingles(const EffectInputs& inputs, const std::vector<std::string>& asked, const EffectModelOptions& options)
      : inputs_(inputs), mean_(mean_effect(inputs.singles)), table_(inputs.singles) {
    for (const OtherScreen& other : inputs.others) transfers_.emplace_back(other, inputs.singles);
    std::set<std::int64_t> of_asked;
    for (const std::string& target : asked) of_asked.insert(inputs.targets->find(target));
    const std::vector<std::int64_t> items(of_asked.begin(), of_asked.end());
    EffectModel(inputs.singles, inputs.measured_items(), *inputs.kernels, options)
        .predict(items, [&](EffectPrediction&& said) { add_one(std::move(said)); });
  }

  /// The name of a target's row: another one where it was asked for by an alias.
  const std::string& name_of(const std::string& target) const {
    return inputs_.targets->names()[at(inputs_.targets->find(target))];
  }
  const ConditionEffect& of(const std::string& target) const { return effects_.at(name_of(target)); }
  const EffectTable& table() const { return table_; }

 private:
  void add_one(EffectPrediction&& said) {
    const std::string& name = inputs_.targets->names()[at(said.item)];
    ConditionEffect& effect = effects_[name];
    if (said.measured) {
      const auto own = inputs_.singles.effects.row(said.item);
      effect.nearest.assign(own.begin(), own.end());
      if (!transfers_.empty()) effect.transferred = effect.nearest;
    } else {
      effect.nearest = nearest_mean(said, inputs_.singles, mean_);
      const auto knows = std::ranges::find_if(transfers_, [&](const Transfer& t) { return t.knows(name); });
      if (!transfers_.empty()) effect.transferred = knows == transfers_.end() ? mean_ : knows->guess(name);
      table_.conditions.push_back({name});
      table_.noise.push_back(0);
      table_.effects.values.insert(table_.effects.values.end(), said.effect.begin(), said.effect.end());
      ++table_.effects.n_rows;
    }
    effect.said = std::move(said);
  }

  const EffectInputs& inputs_;
  std::vector<double> mean_;
  std::vector<Transfer> transfers_;
  EffectTable table_;
  std::map<std::string, ConditionEffect> effects_;
};

/// Adds what is not known of a pair's unmeasured targets to its errors, as if it were independent of the rest.
void widen(EffectPrediction& of_pair, double scale, const PredictedSingles& singles, const Targets& targets) {
  for (const std::string& target : targets) {
    const EffectPrediction& single = singles.of(target).said;
    for (std::size_t g = 0; !single.measured && g < of_pair.error.size(); ++g)
      of_pair.error[g] = std::hypot(of_pair.error[g], scale * single.error[g]);
  }
}

void add_pairs(const EffectInputs& inputs, const PredictedSingles& singles, const EffectModelOptions& options,
               const std::vector<Targets>& asked, ConditionEffects& result) {
  std::vector<TargetPair> rows;
  for (const Targets& targets : asked) {
    const auto of_targets =
        rows_of_targets(singles.table(), {singles.name_of(targets[0]), singles.name_of(targets[1])});
    rows.emplace_back(of_targets[0], of_targets[1]);
  }
  const PairModel model(singles.table(), inputs.pairs, rows, options);
  result.scale = model.scale();
  model.predict([&](EffectPrediction&& said) {
    const Targets& targets = asked[at(said.item)];
    ConditionEffect& effect = result.of[targets];
    bool measured = true;
    for (const std::string& target : targets) {
      const ConditionEffect& single = singles.of(target);
      measured = measured && single.said.measured;
      if (effect.nearest.empty()) effect.nearest.assign(single.nearest.size(), 0.0);
      add(effect.nearest, single.nearest, model.scale());
      if (single.transferred.empty()) continue;
      if (effect.transferred.empty()) effect.transferred.assign(single.transferred.size(), 0.0);
      add(effect.transferred, single.transferred, model.scale());
    }
    if (measured && model.has_process() && !said.abstained) {
      effect.besides = said.effect;
      add(effect.besides, model.sum(said.item), -model.scale());
    }
    widen(said, model.scale(), singles, targets);
    effect.said = std::move(said);
  });
}

}  // namespace

ConditionEffects effects_of_conditions(const Screen& screen, const Split& split, const EffectOptions& sources,
                                       const std::vector<std::vector<std::string>>& conditions,
                                       const std::vector<double>& levels) {
  ConditionEffects result;
  EffectTable table = effects_of_screen(screen, split);
  const auto singles = table.rows_of(1);
  const bool all_zero = std::ranges::all_of(singles, [&](std::int64_t row) {
    return std::ranges::all_of(table.effects.row(row), [](double value) { return value == 0; });
  });
  if (singles.size() < 2 || all_zero) {
    log::info("effects of unseen targets are not predicted: {} single targets with an effect train",
              all_zero ? 0 : singles.size());
    return result;
  }
  std::vector<Targets> pairs;
  std::set<Targets> asked;
  FurtherInputs further{.other_effects = true};
  for (Targets targets : conditions) {
    std::ranges::sort(targets);
    if (targets.empty() || targets.size() > 2 || !asked.insert(targets).second) continue;
    further.names.insert(further.names.end(), targets.begin(), targets.end());
    if (targets.size() == 2) pairs.push_back(targets);
  }
  if (asked.empty()) return result;
  EffectModelOptions options = model_options(sources);
  options.levels = levels;
  options.n_nearest = kNearestGuess;
  const EffectInputs inputs = make_effect_inputs(std::move(table), screen.aliases, sources, further);
  const PredictedSingles predicted(inputs, further.names, options);
  result.n_singles = std::ssize(inputs.singles.conditions);
  result.n_pairs = std::ssize(inputs.pairs.conditions);
  result.measured = inputs.singles.conditions;
  result.varying = varying_genes(inputs.singles);
  result.around_mean = intervals_around_mean(inputs, options);
  for (const Source& source : inputs.kernels->sources()) {
    result.sources.push_back({source.name, source.kind, source.n_known});
    result.source_of_part.push_back(source.name);
  }
  for (const Targets& targets : asked)
    if (targets.size() == 1) result.of[targets] = predicted.of(targets.front());
  if (!pairs.empty()) add_pairs(inputs, predicted, options, pairs, result);
  return result;
}

}  // namespace gracevae::impl
