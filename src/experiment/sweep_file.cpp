#include "experiment/sweep_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/plain_text.hpp"
#include "screen/split_set.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::json;
using Overrides = std::vector<Override>;

/// Sections that are about the sweep, not about a run.
const std::vector<std::string> kSweepSections{"sweep", "run", "grid", "select"};

/// One value of every axis, and how it is called.
struct Combination {
  std::string name;  ///< "gg epochs=5"
  Overrides overrides;
};

std::string joined(const std::string& a, const std::string& b) { return a.empty() || b.empty() ? a + b : a + " " + b; }

/// What all variants share, so that they differ in nothing but what is compared.
void require_own_to_a_variant(const std::string& place, const std::string& section, const std::string& key) {
  if (key == "train.seed")
    throw ConfigError({.place = place, .found = fmt::format("'{}' is set", key)},
                      "seeds stand in [sweep]: seeds = \"0-9\"");
  if (section == "split" || section == "screen")
    throw ConfigError({.place = place,
                       .found = fmt::format("'{}' is set, but all variants of a sweep share one screen and its splits",
                                            key)},
                      fmt::format("set it in [{}], or make another sweep", section));
}

/// {"train": {"epochs": 5}} as overrides, by name.
Overrides overrides_of(const std::string& place, const Json& sections) {
  Overrides overrides;
  for (const auto& [section, table] : sections.items()) {
    if (!table.is_object())
      throw ConfigError({.place = place,
                         .found = fmt::format("'{}' is {}", section, table.dump()),
                         .expected = "a section"},
                        "options are named with their section, as in [train] epochs = 5");
    for (const auto& [name, value] : table.items()) {
      require_own_to_a_variant(place, section, section + "." + name);
      overrides.push_back({section + "." + name, value});
    }
  }
  return overrides;
}

/// "cmvae" of a word, "beta_max=2" of anything else.
std::string value_name(const std::string& key, const Json& value) {
  return value.is_string() ? value_text(value) : fmt::format("{}={}", key.substr(key.find('.') + 1), value_text(value));
}

/// The cartesian product of a section's axes; one empty combination where there is none.
std::vector<Combination> combinations(const std::string& place, const Json& root, const std::string& section) {
  std::vector<Combination> product{{}};
  if (!root.contains(section)) return product;
  for (const auto& [key, values] : overrides_of(place, root.at(section))) {
    if (!values.is_array() || values.empty())
      throw ConfigError(
          {.place = place, .found = fmt::format("{} is {}", key, values.dump()), .expected = "a list of values"});
    std::vector<Combination> longer;
    for (const Combination& shorter : product)
      for (const Json& value : values) {
        Combination next = shorter;
        next.name = joined(next.name, value_name(key, value));
        next.overrides.push_back({key, value});
        longer.push_back(std::move(next));
      }
    product = std::move(longer);
  }
  return product;
}

/// Scores on another scale cannot choose.
void check_selection(const std::string& place, const std::vector<Combination>& settings) {
  const std::set<std::string> measuring{"train.mmd_sigma", "train.mmd_bandwidth", "train.mmd_estimate",
                                        "train.validate_every", "train.early_stopping"};
  for (const auto& [key, value] : settings.front().overrides)
    if (measuring.contains(key) || key.starts_with("evaluate."))
      throw ConfigError({.place = place,
                         .found = fmt::format("{} changes what the validation score measures or nothing of it", key)},
                        "make it an axis of [grid]: then every value is a row of the table");
}

/// [[run]] as combinations.
std::vector<Combination> named_runs(const std::string& place, const Json& root) {
  if (!root.contains("run")) return {{}};
  if (!root.at("run").is_array())
    throw ConfigError({.place = place, .found = "'run' is a table"}, "write [[run]], once for each run");
  std::vector<Combination> runs;
  for (Json run : root.at("run")) {
    const std::string here = fmt::format("{} [[run]] {}", place, runs.size() + 1);
    if (!run.is_object() || !run.contains("name") || !run["name"].is_string() || run["name"] == "")
      throw ConfigError({.place = here, .found = "has no name"}, "name = \"gcn\" is the row's name in the table");
    const std::string name = run["name"];
    run.erase("name");
    runs.push_back({name, overrides_of(fmt::format("{} [[run]] '{}'", place, name), run)});
  }
  return runs;
}

void set_all(OptionTable& table, const std::string& place, const Overrides& overrides) {
  for (const auto& [key, value] : overrides) {
    Option* option = table.find(key);
    if (!option) {
      std::vector<std::string> keys;
      for (const Option& known : table.options()) keys.push_back(known.key());
      throw ConfigError({.place = place, .found = fmt::format("unknown option '{}'", key)}, nearest_hint(key, keys));
    }
    option->set(value, place);
  }
}

/// Fills in the options of a run: the file's, then the command line's, then those of its place in the sweep.
SweepRun make_run(const std::filesystem::path& file, SweepRun run, const Overrides& command_line,
                  std::initializer_list<const Overrides*> layers) {
  OptionTable table;
  run.options.bind(table);
  RunOptions& options = run.options.run;
  apply_over_defaults(options, [&] {
    options.train.threads = 1;  // runs are what goes in parallel
    table.load_toml(file, kSweepSections);
    set_all(table, "command line", command_line);
    for (const Overrides* layer : layers) set_all(table, fmt::format("{} '{}'", file.string(), run.variant), *layer);
  });
  options.train.seed = static_cast<std::int64_t>(run.seed);
  options.train.resolve(options.model.model);
  options.make_paths_absolute();
  return run;
}

/// Names of variants come into tables and file names.
void require_plain(const std::string& name, const std::string& place) {
  if (!is_plain_text(name))
    throw ConfigError({.place = place,
                       .found = fmt::format("a run is called '{}'", escaped_text(name)),
                       .expected = "a name without control characters"});
}

void check_sections(const std::filesystem::path& file, const Json& root) {
  OptionTable table;
  SweepRunOptions options;
  options.bind(table);
  std::vector<std::string> sections = kSweepSections;
  for (const Option& option : table.options()) sections.push_back(option.section);
  for (const auto& [section, value] : root.items())
    if (std::find(sections.begin(), sections.end(), section) == sections.end())
      throw ConfigError({.place = file.string(), .found = fmt::format("unknown section [{}]", section)},
                        nearest_hint(section, sections));
}

}  // namespace

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& item : value) text += (text.empty() ? "" : ",") + value_text(item);
  return text;
}

void SweepOptions::bind(OptionTable& table) {
  table.add("sweep", "seeds", seeds,
            "Seeds of every variant: 0-9, or a list 0,3,7. The same seed is the same split for all variants.");
  table.add("sweep", "dataset", dataset,
            "Data set of the published numbers that stand beside: norman, replogle-small or replogle-large. Empty: the "
            "table's first.");
  table.add("sweep", "reference", reference,
            "Variant that all others are compared with. Empty: grace-vae, and where there is none the first.");
  table
      .add("sweep", "keep_predictions", keep_predictions,
           "Keep predictions.h5ad of every run, which can take more room than all else together; gracevae predict "
           "makes it anew.")
      .free_of_results();
}

std::string SweepRun::title() const {
  return fmt::format("{}{}{}, seed {}", variant, setting.empty() ? "" : ", ", setting, seed);
}

Sweep read_sweep(const std::filesystem::path& file, const std::vector<Override>& command_line) {
  const Json root = read_toml(file);
  Sweep sweep;
  sweep.file = file;
  Overrides run_flags, sweep_flags;
  for (const Override& flag : command_line) (flag.key.starts_with("sweep.") ? sweep_flags : run_flags).push_back(flag);
  OptionTable about_sweep;
  sweep.options.bind(about_sweep);
  about_sweep.load_toml(file, {}, true);
  set_all(about_sweep, "command line", sweep_flags);
  sweep.seeds = parse_seeds(sweep.options.seeds);

  const std::string place = file.string();
  const auto grid = combinations(place + " [grid]", root, "grid");
  const auto settings = combinations(place + " [select]", root, "select");
  check_selection(place + " [select]", settings);
  const std::vector<Combination> named_combinations = named_runs(place, root);
  check_sections(file, root);
  std::set<std::string> variants;
  for (const Combination& named : named_combinations)
    for (const Combination& point : grid) {
      std::string variant = joined(named.name, point.name);
      if (variant.empty()) variant = "run";
      require_plain(variant, place);
      if (!variants.insert(variant).second)
        throw ConfigError({.place = place, .found = fmt::format("two variants are called '{}'", variant)},
                          "give each its own name");
      for (const Combination& setting : settings) {
        require_plain(setting.name, place);
        for (const std::uint64_t seed : sweep.seeds)
          sweep.runs.push_back(make_run(file, {variant, setting.name, seed, {}}, run_flags,
                                        {&named.overrides, &point.overrides, &setting.overrides}));
      }
    }
  if (sweep.runs.front().options.run.screen.file.empty())
    throw ConfigError({.place = place, .found = "no screen was given"},
                      "give sweep.screen SCREEN.h5ad, or file = \"…\" in [screen]");
  return sweep;
}

}  // namespace gracevae::impl
