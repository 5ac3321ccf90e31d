#include "effects/effect_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <unordered_set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "io/lines.hpp"
#include "network/context_graph.hpp"
#include "screen/gene_names.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr double kMuchMemory = 1e9;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// The files of every kind, in the order of kSourceKinds.
std::vector<std::pair<const SourceKind*, fs::path>> source_files(const EffectOptions& options) {
  std::map<std::string, std::vector<fs::path>> files{{"edges", file_list(options.edges)},
                                                     {"gene_sets", file_list(options.gene_sets)},
                                                     {"embeddings", file_list(options.embeddings)},
                                                     {"screens", file_list(options.screens)}};
  if (!options.network.empty()) {
    NetworkOptions network;
    network.network = options.network;
    const NetworkFiles found = find_network_files(network, "effects.network");
    if (!found.edges.empty()) files["edges"].push_back(found.edges);
    files["gene_sets"].insert(files["gene_sets"].end(), found.gmt.begin(), found.gmt.end());
  }
  std::vector<std::pair<const SourceKind*, fs::path>> result;
  for (const SourceKind& kind : kSourceKinds)
    for (const fs::path& file : files[kind.name]) result.emplace_back(&kind, file);
  return result;
}

/// "string_pairs" of string_pairs.txt, "run" of runs/run/; a number behind what is there already.
std::string source_name(const fs::path& file, const std::vector<Source>& before) {
  const fs::path plain = file.has_filename() ? file : file.parent_path();
  std::string stem = plain.filename().string();
  for (const char* ending : {".gz", ".tsv", ".csv", ".txt", ".gmt", ".h5ad", ".npy"})
    if (stem.size() > std::string_view(ending).size() && stem.ends_with(ending))
      stem.resize(stem.size() - std::string_view(ending).size());
  std::string name = stem;
  for (int number = 2; std::ranges::any_of(before, [&](const Source& source) { return source.name == name; }); ++number)
    name = fmt::format("{}-{}", stem, number);
  return name;
}

std::vector<Source> read_sources(const EffectOptions& options, const TargetList& targets, std::int64_t n_measured) {
  const EdgeListOptions scores{.least_score = options.edge_score, .score_column = options.edge_score_column};
  std::vector<Source> sources;
  for (const auto& [kind, file] : source_files(options)) {
    Source source{source_name(file, sources), kind->name, kind->read(file, targets, scores), 0};
    for (std::int64_t i = 0; i < n_measured; ++i) source.n_known += source.rows.knows(i);
    if (source.n_known == 0)
      log::warning(
          "{}: knows none of the {} measured targets ({}, …), so it does nothing; screen.aliases reads other names",
          file.string(), n_measured, first_few(targets.names(), 2));
    else
      log::info("{}: knows {} of {} measured targets", source.name, source.n_known, n_measured);
    sources.push_back(std::move(source));
  }
  return sources;
}

EffectTable with_measured_only(const EffectTable& table, const std::string& file) {
  const std::vector<std::string> names = read_names(file);
  EffectTable kept = table.within({names.begin(), names.end()});
  if (kept.conditions.empty())
    throw InputError({.place = "effects.measured",
                      .found = fmt::format("{} names no target of {}", file, table.source)},
                     "it has a target a line, as the effects name them");
  return kept;
}

EffectTable with_genes_only(const EffectTable& table, const std::string& file) {
  const std::vector<std::string> names = read_names(file);
  const std::unordered_set<std::string> kept(names.begin(), names.end());
  std::vector<std::int64_t> columns;
  for (std::int64_t g = 0; g < std::ssize(table.genes); ++g)
    if (kept.contains(table.genes[at(g)])) columns.push_back(g);
  if (columns.empty())
    throw InputError({.place = "effects.genes", .found = fmt::format("{} names no gene of {}", file, table.source)},
                     names.empty() ? "" : nearest_gene_hint(names.front(), table.genes));
  return table.only_genes(columns);
}

}  // namespace

EffectOptions with_sources_of(const RunOptions& run, EffectOptions options) {
  if (names_sources(options)) return options;
  options.screens = run.model.effect_screens;
  if (run.network.empty()) return options;
  const NetworkFiles files = find_network_files(run.network);
  options.edges = files.edges.string();
  options.edge_score = run.network.edge_score;
  options.edge_score_column = run.network.edge_score_column;
  for (const fs::path& file : files.gmt) options.gene_sets += (options.gene_sets.empty() ? "" : ",") + file.string();
  return options;
}

EffectModelOptions model_options(const EffectOptions& options) {
  EffectModelOptions result;
  result.levels = {options.level};
  result.n_nearest = options.nearest;
  result.process = {options.weight_targets, static_cast<std::uint64_t>(options.seed)};
  return result;
}

std::vector<std::string> read_names(const fs::path& path) {
  require_readable_file(path, "list of names");
  std::vector<std::string> names;
  for_each_line(path, [&](std::string_view line, std::int64_t) {
    const std::string_view name = trim(line);
    if (!name.empty() && !name.starts_with('#')) names.emplace_back(name);
  });
  return names;
}

std::vector<std::string> targets_of_name(const std::string& name) {
  const auto words = split(name, '+');
  std::vector<std::string> targets(words.begin(), words.end());
  std::ranges::sort(targets);
  if (targets.front().empty() || targets.size() > 2 || std::ranges::adjacent_find(targets) != targets.end())
    throw InputError(
        {.place = "effects.targets", .found = fmt::format("'{}'", name), .expected = "a target, or two joined by +"});
  return targets;
}

std::vector<std::int64_t> EffectInputs::measured_items() const {
  std::vector<std::int64_t> items(singles.conditions.size());
  std::iota(items.begin(), items.end(), 0);
  return items;
}

bool names_sources(const EffectOptions& options) {
  return !options.network.empty() || !options.edges.empty() || !options.gene_sets.empty() ||
         !options.embeddings.empty() || !options.screens.empty();
}

EffectInputs read_effect_inputs(const fs::path& source, const ScreenOptions& screen, const EffectOptions& options,
                                const FurtherInputs& further) {
  return make_effect_inputs(read_effects(source, screen), read_aliases(screen), options, further);
}

EffectInputs make_effect_inputs(EffectTable table, std::shared_ptr<const GeneAliases> aliases,
                                const EffectOptions& options, const FurtherInputs& further) {
  if (!options.measured.empty()) table = with_measured_only(table, options.measured);
  if (!options.genes.empty()) table = with_genes_only(table, options.genes);
  EffectInputs inputs;
  inputs.singles = table.only(table.rows_of(1));
  std::set<std::string> measured;
  for (const auto& condition : inputs.singles.conditions) measured.insert(condition.front());
  inputs.pairs = table.only(table.rows_of(2)).within(measured);
  require_effects(inputs.singles);
  inputs.aliases = std::move(aliases);

  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& condition : inputs.singles.conditions) names.push_back(condition.front());
  seen.insert(names.begin(), names.end());
  const auto n_measured = std::ssize(names);
  const auto add = [&](const std::vector<std::string>& more) {
    for (const std::string& name : more)
      if (seen.insert(name).second) names.push_back(name);
  };
  add(further.names);
  if (further.genes) add(table.genes);
  log::info("{}: effects of {} single targets and {} pairs on {} genes", table.source, n_measured,
            inputs.pairs.conditions.size(), table.genes.size());
  inputs.targets = std::make_unique<TargetList>(std::move(names), inputs.aliases.get());
  const auto n_sources = source_files(options).size();
  const double bytes = process_bytes(n_measured, std::ssize(inputs.singles.genes), n_sources);
  if (bytes > kMuchMemory) log::info("{} measured targets take some {:.1f} GB of memory", n_measured, bytes / 1e9);
  inputs.kernels = std::make_unique<SourceKernels>(read_sources(options, *inputs.targets, n_measured));
  if (further.other_effects) {
    for (const auto& file : file_list(options.screens)) inputs.others.push_back({"", read_effects(file, {})});
    auto other = inputs.others.begin();
    for (const Source& each : inputs.kernels->sources())
      if (each.kind == "screens") (other++)->name = each.name;
  }
  return inputs;
}

}  // namespace gracevae::impl
