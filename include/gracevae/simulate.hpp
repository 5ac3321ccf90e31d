#pragma once
/// @file Screens whose latent graph is known (docs/simulate.md).
#include <filesystem>

#include <gracevae/context.hpp>
#include <gracevae/options.hpp>

namespace gracevae {

/// Writes screen.h5ad, network/ and truth.json into a folder, by the options of section simulate. The same seed gives
/// the same bytes. @throws ConfigError, IoError, Interrupted
void simulate(const std::filesystem::path& folder, const Options& options = {}, const Context& context = {});

}  // namespace gracevae
