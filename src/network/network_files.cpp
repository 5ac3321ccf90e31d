#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/letters.hpp"
#include "io/edge_list.hpp"
#include "io/gene_sets.hpp"
#include "network/context_graph.hpp"
#include "screen/aliases.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

/// True when `word` stands in `text` with no letter beside it: "ppi" in "global_ppi.txt", not in "mapping.txt".
bool has_word(std::string_view text, std::string_view word) {
  const auto is_letter = [&](std::size_t i) {
    return i < text.size() && std::isalpha(static_cast<unsigned char>(text[i]));
  };
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    if (!(at > 0 && is_letter(at - 1)) && !is_letter(at + word.size())) return true;
  return false;
}

/// The regular files of a folder and one level below, by name. Hidden files and unreadable folders are skipped.
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

/// The name in lower case, without .gz.
std::string plain_name(const fs::path& file) {
  std::string name = lower_case(file.filename().string());
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

bool is_edge_list(const std::string& name) {
  if (name.ends_with(".sif")) return true;
  if (!name.ends_with(".txt") && !name.ends_with(".tsv") && !name.ends_with(".csv")) return false;
  for (const char* part : {"edgelist", "edge_list", "protein.links", "protein.physical.links", "string_interactions"})
    if (name.find(part) != std::string::npos) return true;
  return has_word(name, "ppi") || (name.starts_with("biogrid-") && name.find(".tab") != std::string::npos);
}

Candidates find_candidates(const fs::path& folder) {
  Candidates found;
  for (const auto& file : files_near(folder)) {
    const std::string name = plain_name(file);
    if (name.ends_with(".gmt") || name.ends_with(".gmt.txt"))
      found.gmt.push_back(file);
    else if (name.ends_with(".txt") && name.find("relation") != std::string::npos)
      found.relations.push_back(file);
    else if (is_edge_list(name))
      found.edges.push_back(file);
  }
  return found;
}

std::string names_of(const std::vector<fs::path>& files) {
  std::string names;
  for (const auto& file : files) names += (names.empty() ? "" : ", ") + file.string();
  return names;
}

/// The override if there is one, else the only candidate, else "".
fs::path choose(const std::string& override_path, const std::vector<fs::path>& candidates, std::string_view role,
                std::string_view flag, std::string_view folder_flag) {
  if (!override_path.empty()) {
    require_readable_file(override_path, role);
    return override_path;
  }
  if (candidates.size() < 2) return candidates.empty() ? fs::path() : candidates.front();
  throw ConfigError({.place = std::string(folder_flag),
                     .found =
                         fmt::format("{} files could be the {}: {}", candidates.size(), role, names_of(candidates))},
                    fmt::format("name the right one with {}", flag));
}

std::vector<fs::path> choose_gene_sets(const std::string& override_paths, const std::vector<fs::path>& candidates) {
  if (override_paths.empty()) return candidates;
  std::vector<fs::path> files = file_list(override_paths);
  for (const auto& file : files) require_readable_file(file, "gene sets");
  return files;
}

/// STRING's table of names beside an edge list: of the same species, where its name begins with a taxon.
fs::path info_beside(const fs::path& edges) {
  if (edges.empty()) return {};
  const std::string name = plain_name(edges);
  const std::string taxon = name.substr(0, std::min(name.find_first_not_of("0123456789"), name.size()));
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(edges.has_parent_path() ? edges.parent_path() : fs::path("."), error), end;
       !error && it != end; it.increment(error)) {
    const std::string other = plain_name(it->path());
    std::error_code ignored;
    if (other.find("protein.info") == std::string::npos || !it->is_regular_file(ignored)) continue;
    if (taxon.empty() || other.starts_with(taxon + ".")) found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return choose("", found, "names of STRING's proteins", "network.edge_info", edges.string());
}

}  // namespace

void NetworkOptions::bind(OptionTable& table) {
  table.add("network", "network", network,
            "Folder of the context graph's files: *.gmt, *relation*.txt, and *edgelist*.txt or *ppi*.txt (also .tsv, "
            ".csv, .sif, and as STRING and BioGRID name theirs) are looked for in it and one folder below.");
  table.add("network", "gmt", gmt,
            "Pathways and their genes (.gmt), several files separated by commas. Goes before what the network folder "
            "holds.");
  table.add("network", "relations", relations,
            "Parent and child pathways, two ids a line. Goes before what the network folder holds. Ignored at the "
            "levels gg and gg+pg.");
  table.add("network", "edges", edges,
            "Protein interactions: two gene symbols a line, or a table with two columns of names (STRING, BioGRID, "
            "GEARS, SIF). Goes before what the network folder holds.");
  table
      .add("network", "edge_score", edge_score,
           "Least score of a protein interaction, on the scale of its file; those below or without one are left out. "
           "0: all are taken.")
      .at_least(0);
  table.add("network", "edge_score_column", edge_score_column,
            "Column of the protein interactions with the score: its name, or its number from 1. Default: found.");
  table.add("network", "edge_info", edge_info,
            "Table of ids and symbols for names of the network that are no genes: STRING's protein.info, or two "
            "columns. Default: *protein.info* beside the protein interactions.");
  table.add("network", "allow_empty", allow_empty,
            "Take a network of which a file matches no gene (or gene set) of the screen, with a warning.");
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
  table
      .add("network", "corrupt_seed", corrupt_seed,
           "Seed of network.corrupt: the same for every train.seed of training.")
      .at_least(0);
}

void NetworkOptions::make_paths_absolute() {
  const auto absolute = [](const fs::path& path) { return fs::absolute(path).lexically_normal().string(); };
  for (std::string* path : {&network, &relations, &edges, &edge_info})
    if (!path->empty()) *path = absolute(*path);
  std::string list;
  for (const auto& file : file_list(gmt)) list += (list.empty() ? "" : ",") + absolute(file);
  gmt = list;
}

std::vector<fs::path> file_list(const std::string& list) {
  std::error_code ignored;
  if (list.empty() || fs::exists(list, ignored))
    return list.empty() ? std::vector<fs::path>{} : std::vector<fs::path>{list};
  std::vector<fs::path> files;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    std::string name = list.substr(begin, end - begin);
    name.erase(0, std::min(name.find_first_not_of(' '), name.size()));
    name.erase(name.find_last_not_of(' ') + 1);
    if (!name.empty()) files.emplace_back(name);
    begin = end + 1;
  }
  return files;
}

NetworkFiles find_network_files(const NetworkOptions& options, std::string_view flag) {
  Candidates found;
  if (!options.network.empty()) {
    std::error_code ignored;
    if (!fs::is_directory(options.network, ignored))
      throw ConfigError({.place = std::string(flag), .found = fmt::format("{} is not a folder", options.network)},
                        "single files are given with network.gmt, network.relations and network.edges");
    found = find_candidates(options.network);
  }
  NetworkFiles files{choose_gene_sets(options.gmt, found.gmt),
                     choose(options.relations, found.relations, "pathway relations", "network.relations", flag),
                     choose(options.edges, found.edges, "protein interactions", "network.edges", flag),
                     {}};
  if (options.edge_info.empty())
    files.edge_info = info_beside(files.edges);
  else
    files.edge_info = choose(options.edge_info, {}, "table of ids and symbols", "network.edge_info", flag);
  if (!options.network.empty() && files.gmt.empty() && files.relations.empty() && files.edges.empty())
    throw ConfigError(
        {.place = std::string(flag),
         .found = fmt::format("{}: no *.gmt, *relation*.txt, *edgelist*.txt or *ppi*.txt in it or one folder below",
                              options.network)},
        "name the files with network.gmt, network.relations and network.edges");
  return files;
}

std::vector<std::string> gene_names_in(const NetworkOptions& options) {
  const NetworkFiles files = find_network_files(options);
  std::optional<GeneAliases> table;
  if (!files.edge_info.empty()) table.emplace(files.edge_info);
  std::set<std::string, std::less<>> names;
  const auto add = [&](std::string_view name) {
    if (table) name = table->symbol_of(name);
    if (!names.contains(name)) names.emplace(name);
  };
  for (const GeneSet& set : read_gmts(files.gmt))
    for (const std::string& gene : set.genes) add(gene);
  if (!files.edges.empty())
    for_each_edge(files.edges, {.least_score = options.edge_score, .score_column = options.edge_score_column},
                  [&](const Edge& edge) {
                    add(edge.from);
                    add(edge.to);
                  });
  return {names.begin(), names.end()};
}

ScreenOptions with_names_of(const NetworkOptions& network, ScreenOptions screen) {
  if (!network.empty()) screen.more_targets = [network] { return gene_names_in(network); };
  return screen;
}

}  // namespace gracevae::impl
