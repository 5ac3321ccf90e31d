#include "screen/split_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/lines.hpp"
#include "io/table.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMostSeeds = 1000;
constexpr std::array kFolds = {Fold::train, Fold::validation, Fold::test, Fold::unused};

[[noreturn]] void throw_seeds(const std::string& text, const std::string& found) {
  throw ConfigError({.place = fmt::format("sweep.seeds is '{}'", text),
                     .found = found,
                     .expected = "whole numbers and ascending ranges"},
                    "for example sweep.seeds 0-9 or sweep.seeds 0,3,7");
}

std::uint64_t parse_seed(std::string_view word, const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seed);
  if (error != std::errc{} || end != word.data() + word.size())
    throw_seeds(text, fmt::format("'{}' is not a seed", word));
  return seed;
}

Json fold_counts(const std::array<std::int64_t, 4>& counts) {
  Json json = Json::object();
  for (const Fold fold : kFolds) json[std::string(fold_name(fold))] = counts[static_cast<std::size_t>(fold)];
  return json;
}

/// Every option but the split file, as written on the command line.
Json options_json(SplitOptions options) {
  OptionTable table;
  options.bind(table);
  Json json = table.to_json().at("split");
  json.erase("split");
  json.erase("split_file");
  return json;
}

/// What the screen is, the same for all seeds. Only files have a hash.
Json screen_json(const Screen& screen) {
  const std::filesystem::path file = screen.source;
  Json json = {{"file", file.filename().string()}};
  json["xxh3_128"] = std::filesystem::is_regular_file(file) ? Json(file_hash(file)) : Json();
  json["cells"] = screen.n_cells();
  json["regimes"] = screen.regimes.size();
  return json;
}

Json record_of(const SplitOptions& options, std::uint64_t seed, const Json& screen, const SplitSummary& summary) {
  Json strata = Json::object();
  for (const auto& [stratum, n] : summary.strata)
    strata[stratum] = {{"conditions", n}, {"cells", summary.stratum_cells.at(stratum)}};
  return {{"format", "gracevae-split/1"},
          {"kind", options.kind},
          {"seed", seed},
          {"options", options_json(options)},
          {"screen", screen},
          {"perturbed_cells", fold_counts(summary.cells)},
          {"control_cells", fold_counts(summary.control_cells)},
          {"test_strata", std::move(strata)}};
}

struct OutputFile {
  std::filesystem::path path;
  std::string text;
};

/// Writes what is not there yet with the same bytes.
void write_all(const std::vector<OutputFile>& files, const SplitSet& set) {
  std::vector<const OutputFile*> missing;
  for (const auto& file : files) {
    const bool exists = std::filesystem::exists(file.path);
    if (exists && read_text(file.path) == file.text) continue;
    if (exists && !set.force)
      throw ConfigError({.place = file.path.string(), .found = "is there already, and is another split"},
                        "choose another folder, or overwrite it with splits.force");
    missing.push_back(&file);
  }
  if (missing.empty()) return;
  require_writable_folder(set.folder);
  for (const OutputFile* file : missing) write_text(file->path, file->text);
}

}  // namespace

std::vector<std::uint64_t> parse_seeds(const std::string& text) {
  std::vector<std::uint64_t> seeds;
  for (const std::string_view part : split(text, ',')) {
    const std::string_view word = trim(part);
    const std::size_t dash = word.find('-');
    const std::uint64_t first = parse_seed(trim(word.substr(0, dash)), text);
    const std::uint64_t last = dash == word.npos ? first : parse_seed(trim(word.substr(dash + 1)), text);
    if (last < first) throw_seeds(text, fmt::format("'{}' descends", word));
    if (last - first >= kMostSeeds - seeds.size()) throw_seeds(text, fmt::format("more than {} seeds", kMostSeeds));
    for (std::uint64_t i = 0; i <= last - first; ++i) seeds.push_back(first + i);
  }
  if (std::set<std::uint64_t>(seeds.begin(), seeds.end()).size() < seeds.size())
    throw_seeds(text, "a seed is named twice");
  return seeds;
}

SplitSummary summarise_split(const Screen& screen, const Split& split) {
  SplitSummary summary;
  for (std::size_t k = 0; k < screen.regimes.size(); ++k) {
    const Regime& regime = screen.regimes[k];
    auto& counts = k == 0 ? summary.control_cells : summary.cells;
    for (const Fold fold : kFolds) counts[static_cast<std::size_t>(fold)] += count_cells(split, regime, fold);
    const std::int64_t n_test = count_cells(split, regime, Fold::test);
    if (k == 0 || n_test == 0) continue;
    const std::string stratum = stratum_of(screen, split, static_cast<std::int32_t>(k));
    ++summary.strata[stratum];
    summary.stratum_cells[stratum] += n_test;
  }
  return summary;
}

std::vector<SplitSummary> write_split_set(const Screen& screen, const SplitOptions& options, const SplitSet& set) {
  const Json about_screen = screen_json(screen);
  std::vector<SplitSummary> summaries;
  std::vector<OutputFile> files;
  for (const std::uint64_t seed : set.seeds) {
    const Split split = make_split(screen, options, seed);
    check_split(screen, split, options);
    summaries.push_back(summarise_split(screen, split));
    const auto path = set.folder / fmt::format("split_seed{}.tsv", seed);
    files.push_back({path, split_text(screen, split)});
    files.push_back({std::filesystem::path(path).replace_extension(".json"),
                     record_of(options, seed, about_screen, summaries.back()).dump(1) + "\n"});
  }
  write_all(files, set);
  return summaries;
}

std::string split_set_text(const std::vector<std::uint64_t>& seeds, const std::vector<SplitSummary>& summaries) {
  std::set<std::string> strata;
  for (const auto& summary : summaries)
    for (const auto& entry : summary.strata) strata.insert(entry.first);
  Table table{{"seed", "control"}, {}};
  for (const Fold fold : kFolds) table.columns.emplace_back(fold_name(fold));
  for (const auto& stratum : strata) table.columns.push_back("test " + stratum);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const SplitSummary& summary = summaries[i];
    std::vector<std::string> row = {std::to_string(seeds[i]),
                                    std::to_string(summary.control_cells[static_cast<std::size_t>(Fold::train)])};
    for (const Fold fold : kFolds) row.push_back(std::to_string(summary.cells[static_cast<std::size_t>(fold)]));
    for (const auto& stratum : strata) {
      const auto found = summary.strata.find(stratum);
      row.push_back(found == summary.strata.end() ? "0" : std::to_string(found->second));
    }
    table.rows.push_back(std::move(row));
  }
  return to_text(table);
}

}  // namespace gracevae::impl
