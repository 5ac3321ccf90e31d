#include "train/unseen_effects.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"

namespace gracevae::impl {

namespace {

using Targets = std::vector<std::string>;

const std::vector<double> kLevels{0.9};

/// Conditions of the screen with a target that does not train alone, and pairs that do not train.
std::vector<Targets> conditions_of(const Screen& screen, const Split& split) {
  std::vector<Targets> conditions;
  for (const Regime& regime : screen.regimes)
    if (!regime.targets.empty() && count_cells(split, regime, Fold::train) == 0) conditions.push_back(regime.targets);
  return conditions;
}

bool is_gene_or_target(const Screen& screen, const std::string& name) {
  return GeneIndex(screen.genes, screen.aliases.get()).find(name) >= 0 ||
         std::ranges::any_of(screen.regimes, [&](const Regime& regime) {
           return std::ranges::find(regime.targets, name) != regime.targets.end();
         });
}

}  // namespace

bool predicts_unseen(const RunOptions& run) {
  return uses_effect_kernels(run) && (run.model.effects != "auto" || names_sources(with_sources_of(run, {})));
}

UnseenEffects::UnseenEffects(const RunOptions& run) : sources_(with_sources_of(run, {})) {
  sources_.seed = run.train.seed;
  sources_.all_pairs = run.model.effects == "kernel";  // pairs of trained targets, too
  if (!names_sources(sources_))
    throw ConfigError("model.effects " + run.model.effects + " without a source",
                      "name a network with network.network, or other screens with model.effect_screens");
}

void UnseenEffects::predict(const Screen& screen, const Split& split, std::vector<Targets> conditions) {
  if (asked_.empty()) {
    const auto of_screen = conditions_of(screen, split);
    conditions.insert(conditions.end(), of_screen.begin(), of_screen.end());
  }
  std::vector<Targets> wanted;
  const auto want = [&](const Targets& targets) {
    if (asked_.emplace(targets, true).second) wanted.push_back(targets);
  };
  for (Targets& targets : conditions) {
    std::ranges::sort(targets);
    Targets unseen;
    for (const std::string& target : targets)
      if (training_cells(screen, split, target).empty()) unseen.push_back(target);
    for (const std::string& target : unseen) want({target});
    if (unseen.empty() && targets.size() == 2 && sources_.all_pairs) want(targets);
  }
  if (wanted.empty()) return;
  ConditionEffects said = effects_of_conditions(screen, split, sources_, wanted, kLevels);
  for (auto& [targets, effect] : said.of) {
    if (targets.size() == 2) {
      if (!effect.besides.empty()) besides_[targets] = {std::move(effect.besides), std::move(effect.said.error)};
      continue;
    }
    const std::string& target = targets.front();
    if (effect.said.shares.empty() ||
        std::ranges::all_of(effect.said.shares, [](double share) { return share == 0; })) {
      if (!is_gene_or_target(screen, target)) continue;  // of() refuses it
      log::warning("{}: no source tells it from others: it is predicted as the mean of the measured effects", target);
    } else if (effect.said.abstained) {
      log::warning(
          "{}: predicted as the mean of the measured effects: nothing better is known (expected cosine {:.2f})", target,
          effect.said.rho);
    } else {
      log::info("{} never trained: its effect is predicted, expected cosine {:.2f}", target, effect.said.rho);
    }
    effects_[targets] = {std::move(effect.said.effect), std::move(effect.said.error)};
  }
}

void UnseenEffects::prepare(const Screen& screen, const Split& split, const std::vector<Targets>& conditions) {
  const std::scoped_lock lock(mutex_);
  predict(screen, split, conditions);
}

const PredictedEffect& UnseenEffects::of(const Screen& screen, const Split& split, const std::string& target) {
  const std::scoped_lock lock(mutex_);
  predict(screen, split, {{target}});
  const auto found = effects_.find({target});
  if (found == effects_.end())
    throw InputError("target '" + target + "' was never trained, and no source of model.effects knows it",
                     nearest_gene_hint(target, targets_of(screen)));
  return found->second;
}

const PredictedEffect* UnseenEffects::besides(const Screen& screen, const Split& split, Targets targets) {
  const std::scoped_lock lock(mutex_);
  std::ranges::sort(targets);
  predict(screen, split, {targets});
  const auto found = besides_.find(targets);
  return found == besides_.end() ? nullptr : &found->second;
}

}  // namespace gracevae::impl
