#pragma once
/// @file What is understood of a screen and a network before training.
#include <filesystem>
#include <string>

#include <gracevae/context.hpp>
#include <gracevae/options.hpp>

namespace gracevae {

/// Did the perturbations work (docs/quality.md)? Asked for with `wanted`, or by naming a file.
struct QualityRequest {
  bool wanted = false;
  std::filesystem::path cells;  ///< table to write: cell, label, guide, probability of being perturbed; empty = none
  std::filesystem::path json;   ///< file to write, which a report shows as quality.json of a run; empty = none
};

struct Inspection {
  std::string text;  ///< for people: cells, labels, coverage of the network, cost of training, what to do next
  std::string json;  ///< the same for machines, one object
};

/// Looks at the screen screen.file with the options of sections screen, network and quality. `words`: the options that
/// were given, which the commands that it recommends repeat. @throws InputError, IoError, ConfigError
Inspection inspect(const OptionWords& words, const QualityRequest& quality = {}, const Context& context = {});

}  // namespace gracevae
