#include "network/target_graph.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

std::vector<std::string> joined(const std::vector<std::string>& genes, const std::vector<std::string>& targets) {
  std::vector<std::string> names = genes;
  names.insert(names.end(), targets.begin(), targets.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

ContextGraph interactions_among(const std::vector<std::string>& names, NetworkOptions options, const Screen* screen) {
  if (find_network_files(options).edges.empty())
    throw ConfigError(
        "the intervention encoder places targets in the graph of protein interactions, and no such file was given",
        "give network.edges, a network.network that has them, or another model.intervention_encoder");
  options.level = "gg";
  return build_context_graph(names, options, screen);
}

/// The subgraph of the kept nodes, in their order.
ContextGraph induced(const ContextGraph& graph, const std::vector<bool>& kept) {
  std::vector<std::int32_t> place(kept.size(), -1);
  ContextGraph result;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) place[i] = static_cast<std::int32_t>(result.n_genes++);
  for (const auto& [a, b] : graph.edges) {
    const std::int32_t from = place[static_cast<std::size_t>(a)], to = place[static_cast<std::size_t>(b)];
    if (from >= 0 && to >= 0) result.edges.emplace_back(from, to);
  }
  return result;
}

}  // namespace

TargetGraph build_target_graph(const std::vector<std::string>& genes, const TargetNames& targets,
                               const NetworkOptions& options, bool near_targets, const Screen* screen) {
  const std::vector<std::string> names = joined(genes, targets.candidates);
  const ContextGraph whole = interactions_among(names, options, screen);
  const auto is_in = [&](const std::vector<std::string>& sorted, std::size_t node) {
    return std::binary_search(sorted.begin(), sorted.end(), names[node]);
  };
  std::vector<bool> kept(names.size(), false);
  for (const auto& [a, b] : whole.edges)
    for (const auto& [node, other] : {std::pair{a, b}, std::pair{b, a}}) {
      const auto i = static_cast<std::size_t>(node);
      if (!near_targets || is_in(targets.candidates, i) || is_in(targets.candidates, static_cast<std::size_t>(other)))
        kept[i] = true;
    }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (is_in(targets.trained, i)) kept[i] = true;

  TargetGraph result;
  result.neighbours = mean_adjacency(induced(whole, kept));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!kept[i]) continue;
    if (is_in(targets.candidates, i)) result.candidates.push_back(static_cast<std::int64_t>(result.nodes.size()));
    result.nodes.push_back(names[i]);
  }
  return result;
}

}  // namespace gracevae::impl
