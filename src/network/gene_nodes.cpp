#include "network/gene_nodes.hpp"

#include <algorithm>
#include <cctype>

namespace gracevae::impl {

double PartNames::share() const {
  const auto share_of = [](std::int64_t n, std::int64_t all) {
    return all > 0 ? static_cast<double>(n) / static_cast<double>(all) : 0.0;
  };
  return std::max(share_of(n_found, n_names), share_of(n_nodes_found, n_nodes));
}

void NodeFinder::begin(NetworkRole role, const std::filesystem::path& file) {
  part_ = PartNames{};
  part_.role = role;
  part_.file = file;
  part_.n_nodes = n_nodes_;
  reached_.assign(static_cast<std::size_t>(n_nodes_), false);
  seen_.clear();
}

std::int32_t NodeFinder::find(std::string_view name) {
  if (const auto seen = seen_.find(name); seen != seen_.end()) return seen->second;
  std::string text(name);
  const Found found = look_up(text);
  ++part_.n_names;
  part_.n_by_table += found.by_table;
  if (found.key >= 0) {
    ++part_.n_found;
    reached_[static_cast<std::size_t>(found.key)] = true;
  } else {
    part_.missing.push_back(text);
  }
  seen_.emplace(std::move(text), found.node);
  return found.node;
}

PartNames NodeFinder::end() {
  part_.n_nodes_found = std::count(reached_.begin(), reached_.end(), true);
  return std::move(part_);
}

GeneNodes::GeneNodes(const std::vector<std::string>& genes, const GeneAliases* aliases, const GeneAliases* table)
    : NodeFinder(static_cast<std::int64_t>(genes.size())), genes_(genes), aliases_(aliases), table_(table),
      index_(genes, aliases) {}

NodeFinder::Found GeneNodes::look_up(const std::string& name) {
  Found found;
  found.key = index_.find(name);
  if (aliases_) record(name, found.key);
  if (found.key < 0 && table_) {
    found.key = index_.find(table_->symbol_of(name));
    found.by_table = found.key >= 0;
  }
  found.node = static_cast<std::int32_t>(found.key);
  return found;
}

void GeneNodes::record(const std::string& name, std::int64_t node) {
  if (node >= 0) {
    if (const std::string& gene = genes_[static_cast<std::size_t>(node)]; gene != name) use_.read_as[name] = gene;
  } else if (aliases_->is_ambiguous(name) && !use_.not_applied.contains(name)) {
    std::vector<std::string> others = aliases_->others_of(name);
    const auto is_gene = [&](const std::string& other) { return index_.find(other) >= 0; };
    if (std::any_of(others.begin(), others.end(), is_gene)) use_.not_applied[name] = std::move(others);
  }
}

namespace {

/// "R-HSA-109581" of "Apoptosis R-HSA-109581", "GO:0006915" of "apoptosis (GO:0006915)"; "" without one.
std::string id_in_name(const std::string& name) {
  std::size_t begin = name.find_last_of(" \t");
  if (begin == std::string::npos) return "";
  std::string word = name.substr(begin + 1);
  if (word.size() > 2 && word.front() == '(' && word.back() == ')') word = word.substr(1, word.size() - 2);
  const bool has_digit = std::isdigit(static_cast<unsigned char>(word.back())) != 0;
  return has_digit && word.find_first_of(":-_") != std::string::npos ? word : "";
}

}  // namespace

PathwayNodes::PathwayNodes(const std::vector<PathwayPlace>& places)
    : NodeFinder(static_cast<std::int64_t>(places.size())), places_(places) {
  place_of_.reserve(2 * places.size());
  const auto add = [&](const auto& name_of) {
    std::unordered_map<std::string, std::int64_t> fresh;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::string name = name_of(places[i]);
      if (name.empty() || place_of_.contains(name)) continue;
      const auto [entry, first] = fresh.emplace(name, static_cast<std::int64_t>(i));
      if (!first) entry->second = -1;
    }
    for (const auto& [name, i] : fresh)
      if (i >= 0) place_of_.emplace(name, i);
  };
  add([](const PathwayPlace& place) { return place.id; });
  add([](const PathwayPlace& place) { return id_in_name(place.name); });
  add([](const PathwayPlace& place) { return place.name; });
}

NodeFinder::Found PathwayNodes::look_up(const std::string& name) {
  const auto found = place_of_.find(name);
  if (found == place_of_.end()) return {};
  return {.key = found->second, .node = places_[static_cast<std::size_t>(found->second)].node};
}

}  // namespace gracevae::impl
