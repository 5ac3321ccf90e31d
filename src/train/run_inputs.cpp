#include "train/run_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/label_table.hpp"

namespace gracevae::impl {

namespace {

namespace fs = std::filesystem;

struct InputFile {
  std::string role;
  fs::path path;
  bool of_network = false;
};

std::vector<InputFile> input_files(const RunOptions& options) {
  std::vector<InputFile> files{{"screen", options.screen.file}};
  for (std::size_t i = 0; const auto& path : label_files(options.screen.labels_file))
    files.push_back({++i == 1 ? "labels" : fmt::format("labels_{}", i), path});
  files.insert(files.end(), {{"aliases", options.screen.aliases},
                             {"cell_list", options.screen.cell_list},
                             {"gene_list", options.screen.gene_list},
                             {"guide_calls", options.screen.guide_calls},
                             {"guide_list", options.screen.guide_list},
                             {"embedding", options.features.embedding_file},
                             {"pathway", options.features.pathway_file}});
  std::error_code ignored;
  if (fs::exists(options.screen.guides, ignored)) files.push_back({"guides", options.screen.guides});
  if (fs::exists(options.screen.guide_counts, ignored)) files.push_back({"guide_counts", options.screen.guide_counts});
  const auto screens = uses_effect_kernels(options) ? file_list(options.model.effect_screens) : std::vector<fs::path>();
  for (std::size_t i = 0; i < screens.size(); ++i)
    if (fs::is_regular_file(screens[i], ignored)) files.push_back({fmt::format("effect_screen_{}", i + 1), screens[i]});
  if ((needs_network(options.model) || uses_effect_kernels(options)) && !options.network.empty()) {
    const NetworkFiles network = find_network_files(options.network);
    for (std::size_t i = 0; i < network.gmt.size(); ++i)
      files.push_back({i == 0 ? "gmt" : fmt::format("gmt{}", i + 1), network.gmt[i], true});
    files.insert(files.end(), {{"relations", network.relations, true},
                               {"edges", network.edges, true},
                               {"edge_info", network.edge_info, true}});
  }
  std::erase_if(files, [](const InputFile& file) { return file.path.empty(); });
  return files;
}

std::string hash_key(std::string_view role) { return fmt::format("{}_hash", role); }

constexpr auto kMend = "put the file back as it was, or train a new run";

}  // namespace

nlohmann::ordered_json record_inputs(const RunOptions& options) {
  nlohmann::ordered_json record = nlohmann::ordered_json::object();
  for (const InputFile& file : input_files(options)) {
    if (file.of_network) record[file.role] = file.path.string();
    record[hash_key(file.role)] = file_hash(file.path);
  }
  return record;
}

void check_inputs_unchanged(const RunOptions& options, const RunFolder& folder) {
  const nlohmann::json options_file = read_toml(folder.options());
  nlohmann::json record = options_file.value("inputs", nlohmann::json::object());
  if (!record.is_object() || std::ranges::any_of(record, [](const auto& value) { return !value.is_string(); }))
    throw InputError({.place = folder.options().string(),
                      .found = "[inputs] is not a table of paths and hashes",
                      .expected = "what training wrote"},
                     kMend);
  const std::string run = folder.path.string();
  for (const InputFile& file : input_files(options)) {
    const std::string key = hash_key(file.role), then = record.value(key, ""), now = file_hash(file.path);
    if (then.empty())
      throw InputError({.place = file.path.string(),
                        .found = fmt::format("the run in {} began without this file", run)},
                       kMend);
    if (then != now)
      throw InputError({.place = file.path.string(),
                        .found = fmt::format("not the file that the run in {} began with: {} is {}, was {}", run, key,
                                             now, then)},
                       kMend);
    record.erase(key);
  }
  for (const auto& [role, path] : record.items())
    if (record.contains(hash_key(role)))
      throw InputError({.place = path.get<std::string>(),
                        .found = fmt::format("the run in {} began with this file, which is not found any more", run)},
                       kMend);
}

}  // namespace gracevae::impl
