#pragma once
/// @file What predictions of effects are made from: measured effects, the targets in question, and sources.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "effects/cross_validation.hpp"
#include "effects/effect_options.hpp"
#include "effects/sources.hpp"
#include "run/run_options.hpp"

namespace gracevae::impl {

/// Everything read; targets are numbered, the measured singles first.
struct EffectInputs {
  EffectTable singles, pairs;  ///< measured; pairs of measured singles
  std::shared_ptr<const GeneAliases> aliases;
  std::unique_ptr<TargetList> targets;
  std::unique_ptr<SourceKernels> kernels;
  std::vector<OtherScreen> others;  ///< those of effects.screens, where they are asked for

  std::vector<std::int64_t> measured_items() const;
};

/// What is read besides measured effects and sources.
struct FurtherInputs {
  std::vector<std::string> names = {};  ///< further targets
  bool genes = false;                   ///< the genes of the effects are targets, too
  bool other_effects = false;           ///< of effects.screens
};

/// Reads measured effects and sources. Says how many measured targets each source knows, and warns of one that knows
/// none, which does nothing; of much memory before it is taken.
/// @throws ConfigError effects.network without such files; InputError effects.measured or effects.genes that name
/// nothing; and as the readers
EffectInputs read_effect_inputs(const std::filesystem::path& source, const ScreenOptions& screen,
                                const EffectOptions& options, const FurtherInputs& further);

/// The same from effects that have been read; `aliases` may be nullptr.
EffectInputs make_effect_inputs(EffectTable table, std::shared_ptr<const GeneAliases> aliases,
                                const EffectOptions& options, const FurtherInputs& further);

/// Whether these options name a source.
bool names_sources(const EffectOptions& options);

/// The options with the interactions, gene sets and screens of a run where they name no source themselves.
EffectOptions with_sources_of(const RunOptions& run, EffectOptions options);

EffectModelOptions model_options(const EffectOptions& options);

/// Names one a line; blank lines and those that begin with # are skipped.
std::vector<std::string> read_names(const std::filesystem::path& path);

/// Targets of "A" or "A+B", sorted. @throws InputError an empty one, three or more
std::vector<std::string> targets_of_name(const std::string& name);

}  // namespace gracevae::impl
