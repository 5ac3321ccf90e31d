#pragma once
/// @file A sweep's TOML file: the runs that it stands for.
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluate/evaluate.hpp"
#include "run/run_options.hpp"

namespace gracevae::impl {

/// Section [sweep].
struct SweepOptions {
  std::string seeds = "0-9";  ///< parse_seeds; the same seed is the same split for every variant
  std::string dataset;        ///< of the published numbers that stand beside; "" = the table's first
  std::string reference;      ///< variant that the others are compared with; "" = grace-vae, else the first
  bool keep_predictions = false;

  void bind(OptionTable& table);
};

/// Options of one run: those of train and of evaluate.
struct SweepRunOptions {
  RunOptions run;
  EvaluateOptions evaluate;
  void bind(OptionTable& table) {
    run.bind(table);
    evaluate.bind(table);
  }
};

/// One option as some layer sets it.
struct Override {
  std::string key;  ///< "train.beta_max"
  nlohmann::json value;
};

/// One training of a sweep.
struct SweepRun {
  std::string variant;  ///< row of the table
  std::string setting;  ///< "beta_max=2 lambda=0.0001" of the [select] axes; "" without
  std::uint64_t seed = 0;
  SweepRunOptions options;  ///< all of them, resolved

  /// "grace-vae, beta_max=2, seed 3"
  std::string title() const;
};

struct Sweep {
  std::filesystem::path file;
  SweepOptions options;
  std::vector<std::uint64_t> seeds;
  std::vector<SweepRun> runs;  ///< by variant, setting and seed
};

/// Reads a sweep (docs/formats.md). Options come from, later ones winning: defaults, the file's sections, the
/// `command_line`, the [[run]] (one row of the table each; none: one without overrides), [grid] (each combination is
/// a row), [select] (each combination is a setting, of which a row shows the one that validates best), the seed.
/// ConfigError: unknown sections and options with the nearest names; two variants of one name; no screen; in run, grid
/// or select: a seed, or an option of screen or split, which all variants share; in select: an option that changes what
/// the validation score measures.
Sweep read_sweep(const std::filesystem::path& file, const std::vector<Override>& command_line = {});

/// A value as on the command line: text without quotes, lists with commas.
std::string value_text(const nlohmann::json& value);

}  // namespace gracevae::impl
