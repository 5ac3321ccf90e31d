#pragma once
/// @file From counts to a screen to train on.
#include <filesystem>
#include <string>

#include <gracevae/context.hpp>
#include <gracevae/options.hpp>

namespace gracevae {

/// Filters, normalises, takes log1p, chooses highly variable genes and tests for DE genes (docs/prepare.md): reads
/// screen.file with the options of sections screen, prepare and quality and writes `output` (.h5ad), with a table of DE
/// genes beside it. Returns what was done, for people. @throws InputError, IoError, ConfigError, Interrupted
std::string prepare(const std::filesystem::path& output, const Options& options, const Context& context = {});

}  // namespace gracevae
