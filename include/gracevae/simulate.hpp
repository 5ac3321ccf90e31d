#pragma once
/// @file Screens whose latent graph is known (docs/simulate.md).
#include <filesystem>
#include <map>
#include <string>

#include <gracevae/context.hpp>
#include <gracevae/options.hpp>

namespace gracevae {

/// Writes screen.h5ad, network/ and truth.json into a folder. `preset`: tiny, chain5, norman-like, replogle-like;
/// `changes`: options of section simulate (docs/options.md) by name. The same seed gives the same bytes.
/// @throws ConfigError, IoError, Interrupted
void simulate(const std::filesystem::path& folder, const std::string& preset = "tiny",
              const std::map<std::string, OptionValue>& changes = {}, const Context& context = {});

}  // namespace gracevae
