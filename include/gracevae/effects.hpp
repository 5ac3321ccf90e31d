#pragma once
/// @file Effects of targets and pairs that were not measured (docs/effects.md).
#include <filesystem>
#include <string>

#include <gracevae/context.hpp>
#include <gracevae/options.hpp>

namespace gracevae {

/// Predicts the effects of conditions on every gene, from measured ones and the sources of section effects, and writes
/// effects, intervals and where they come from into a folder. `source`: a screen, a run's folder or a table of effects.
/// Returns a summary for people. @throws ConfigError, InputError, IoError, Interrupted
std::string predict_effects(const std::filesystem::path& source, const std::filesystem::path& folder,
                            const Options& options, const Context& context = {});

/// Cross-validation over the measured targets and pairs (effects.cross_validate folds), beside simple guesses. Tables
/// are written into `folder` unless it is empty. Returns them for people.
std::string cross_validate_effects(const std::filesystem::path& source, const std::filesystem::path& folder,
                                   const Options& options, const Context& context = {});

/// Plans which targets or pairs to measure next (section design), greedily by the expected fall of the posterior
/// variance. The plan is written to `file` unless it is empty, and returned for people.
std::string plan_experiment(const std::filesystem::path& source, const std::filesystem::path& file,
                            const Options& options, const Context& context = {});

/// How many cells a condition needs, from the pilot screen.file (section power): for effects on one gene, written to
/// `file` unless it is empty, and for whole profiles, beside it. Returned for people.
std::string plan_cells(const std::filesystem::path& file, const Options& options, const Context& context = {});

}  // namespace gracevae
