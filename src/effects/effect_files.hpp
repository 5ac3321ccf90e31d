#pragma once
/// @file Predicted effects as files.
#include <filesystem>
#include <string>

#include "effects/effect_options.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// Files of a folder of predicted effects (docs/effects.md).
struct EffectFolder {
  std::filesystem::path path;
  std::filesystem::path effects() const { return path / "effects.tsv"; }
  std::filesystem::path effects_h5ad() const { return path / "effects.h5ad"; }
  std::filesystem::path conditions() const { return path / "conditions.tsv"; }
  std::filesystem::path weights() const { return path / "weights.tsv"; }
  std::filesystem::path scores() const { return path / "scores.tsv"; }
  std::filesystem::path coverage() const { return path / "coverage.tsv"; }
  std::filesystem::path pair_scores() const { return path / "pair_scores.tsv"; }
  std::filesystem::path pair_coverage() const { return path / "pair_coverage.tsv"; }
};

/// Predicts what the options ask for and writes it: of every condition its effects, ρ*, the bound, sources and nearest
/// measured conditions, and cards (effect_cards.hpp). Rows are written as they come, those of one pattern of sources
/// after the other. Returns a summary for people.
/// @throws ConfigError nothing is asked for; InputError targets that are not known to be conditions
std::string write_effects(const std::filesystem::path& source, const ScreenOptions& screen,
                          const EffectOptions& options, const EffectFolder& folder);

/// Cross-validates over single targets and, where there are as many measured pairs as folds, over pairs; writes the
/// tables where `folder` has a path. Returns them for people.
std::string cross_validate_effects(const std::filesystem::path& source, const ScreenOptions& screen,
                                   const EffectOptions& options, const EffectFolder& folder);

}  // namespace gracevae::impl
