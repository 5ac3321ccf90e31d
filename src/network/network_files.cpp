#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "network/context_graph.hpp"

namespace gracevae {

namespace fs = std::filesystem;

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// True when `word` stands in `text` with no letter beside it: "ppi" in "global_ppi.txt", not in "mapping.txt".
bool has_word(std::string_view text, std::string_view word) {
  const auto is_letter = [&](std::size_t i) {
    return i < text.size() && std::isalpha(static_cast<unsigned char>(text[i]));
  };
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    if (!(at > 0 && is_letter(at - 1)) && !is_letter(at + word.size())) return true;
  return false;
}

/// The regular files of a folder and one folder below, by name. Hidden ones and folders that cannot be opened are
/// passed over.
std::vector<fs::path> files_near(const fs::path& folder) {
  std::vector<fs::path> files;
  const auto add_files = [&](const fs::path& place, bool go_down, const auto& self) -> void {
    std::error_code error;
    for (fs::directory_iterator it(place, error), end; !error && it != end; it.increment(error)) {
      if (it->path().filename().string().starts_with('.')) continue;
      std::error_code ignored;
      if (it->is_regular_file(ignored))
        files.push_back(it->path());
      else if (go_down && it->is_directory(ignored))
        self(it->path(), false, self);
    }
  };
  add_files(folder, true, add_files);
  std::sort(files.begin(), files.end());
  return files;
}

struct Candidates {
  std::vector<fs::path> gmt, relations, edges;
};

Candidates find_candidates(const fs::path& folder) {
  Candidates found;
  for (const auto& file : files_near(folder)) {
    const std::string name = lower(file.filename().string());
    if (name.ends_with(".gmt")) found.gmt.push_back(file);
    if (!name.ends_with(".txt")) continue;
    if (name.find("relation") != std::string::npos)
      found.relations.push_back(file);
    else if (name.find("edgelist") != std::string::npos || has_word(name, "ppi"))
      found.edges.push_back(file);
  }
  return found;
}

/// The override if there is one, else the only candidate, else nothing.
fs::path choose(const std::string& override_path, const std::vector<fs::path>& candidates, std::string_view role,
                std::string_view flag, std::string_view folder_flag) {
  if (!override_path.empty()) {
    require_readable_file(override_path, role);
    return override_path;
  }
  if (candidates.size() < 2) return candidates.empty() ? fs::path() : candidates.front();
  std::string names;
  for (const auto& file : candidates) names += (names.empty() ? "" : ", ") + file.string();
  throw ConfigError(fmt::format("{}: {} files could be the {}: {}", folder_flag, candidates.size(), role, names),
                    fmt::format("name the right one with {}", flag));
}

}  // namespace

void NetworkOptions::bind(OptionTable& table) {
  table.add("network", "network", network,
            "Folder of the context graph's files: *.gmt, *relation*.txt, and *edgelist*.txt or *ppi*.txt are looked "
            "for in it and one folder below.");
  table.add("network", "gmt", gmt, "Pathways and their genes (.gmt). Goes before what the network folder holds.");
  table.add("network", "relations", relations,
            "Parent and child pathways, two ids a line. Goes before what the network folder holds. Ignored at the "
            "levels gg and gg+pg.");
  table.add("network", "edges", edges,
            "Protein interactions, two gene symbols a line. Goes before what the network folder holds.");
  table
      .add("network", "level", level,
           "What the context graph holds. gg: protein interactions. gg+pg: and gene-pathway memberships of "
           "pathways with a measured gene. "
           "gg+pg+pp: and parent-child relations of these pathways. full: all pathways of the .gmt.")
      .one_of({"gg", "gg+pg", "gg+pg+pp", "full"});
  table
      .add(
          "network", "corrupt", corrupt,
          "Share of the context graph's edges that are replaced by random pairs of nodes, to see what the graph is worth.")
      .range(0, 1);
  table.add("network", "corrupt_seed", corrupt_seed, "Seed of --corrupt: the same for every --seed of training.")
      .at_least(0);
}

NetworkFiles find_network_files(const NetworkOptions& options, std::string_view flag) {
  Candidates found;
  if (!options.network.empty()) {
    std::error_code ignored;
    if (!fs::is_directory(options.network, ignored))
      throw ConfigError(fmt::format("{}: {} is not a folder", flag, options.network),
                        "single files are given with --gmt, --relations and --edges");
    found = find_candidates(options.network);
  }
  NetworkFiles files{choose(options.gmt, found.gmt, "gene sets", "--gmt", flag),
                     choose(options.relations, found.relations, "pathway relations", "--relations", flag),
                     choose(options.edges, found.edges, "protein interactions", "--edges", flag)};
  if (!options.network.empty() && files.gmt.empty() && files.relations.empty() && files.edges.empty())
    throw ConfigError(
        fmt::format("{}: {}: no *.gmt, *relation*.txt, *edgelist*.txt or *ppi*.txt in it or one folder below", flag,
                    options.network),
        "name the files with --gmt, --relations and --edges");
  return files;
}

}  // namespace gracevae
