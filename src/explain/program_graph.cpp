#include "explain/program_graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/xml.hpp"
#include "run/diagnostics.hpp"
#include "run/graph_verdict.hpp"
#include "run/run_folder.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;

/// Edges that half of the runs or more have.
GraphEvidence::Agreement agreement_of(const Json& consensus) {
  GraphEvidence::Agreement result;
  result.n_runs = std::ssize(consensus.at("runs"));
  result.least = (result.n_runs + 1) / 2;
  for (const Json& edge : consensus.at("edges")) result.found += edge.at("count").get<std::int64_t>() >= result.least;
  result.by_chance = consensus.at("expected").at(static_cast<std::size_t>(result.least)).get<double>();
  return result;
}

std::vector<std::string> reasons_of(const LearnedGraph& learned, bool random_start, const Json* consensus) {
  const Diagnostics d = diagnostics_of(learned.diagnostics);
  GraphEvidence evidence{.n_latents = learned.n_latents(),
                         .identified = learned.identified,
                         .mechanism = learned.mechanism,
                         .random_start = random_start,
                         .start_largest = d.start_max_abs_g,
                         .start_mean = d.start_mean_abs_g,
                         .mean_change = d.mean_change_of_g,
                         .agreement = {}};
  for (const double weight : learned.graph.values) evidence.largest = std::max(evidence.largest, std::abs(weight));
  if (consensus) evidence.agreement = agreement_of(*consensus);
  std::vector<std::string> reasons;
  for (GraphFinding& finding : judge_graph(evidence)) reasons.push_back(std::move(finding.reason));
  return reasons;
}

/// Frequency of edges between programs, through the labels that they are the main target of.
std::map<std::pair<std::int64_t, std::int64_t>, double> frequencies_of(const LearnedGraph& learned,
                                                                       const Json& consensus) {
  std::map<std::string, std::int64_t> latent;
  for (const auto& label : learned.labels) latent[label.label] = label.latent;
  std::map<std::pair<std::int64_t, std::int64_t>, double> result;
  for (const Json& edge : consensus.at("edges")) {
    const auto from = latent.find(edge.at("from").get<std::string>()),
               to = latent.find(edge.at("to").get<std::string>());
    if (from == latent.end() || to == latent.end()) continue;
    double& most = result[{from->second, to->second}];
    most = std::max(most, edge.at("frequency").get<double>());
  }
  return result;
}

std::vector<std::string> main_labels(const Program& program) {
  std::vector<std::string> labels;
  for (const ProgramLabel& label : program.labels)
    if (label.main) labels.push_back(label.label);
  return labels;
}

std::string dot_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string id_of(std::int64_t program) { return fmt::format("p{}", program); }

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

std::vector<ProgramGraph::Edge> ProgramGraph::kept() const {
  std::vector<Edge> result;
  for (const Edge& edge : edges)
    if (std::abs(edge.weight) >= threshold.value_or(0)) result.push_back(edge);
  return result;
}

ProgramGraph program_graph(const LearnedGraph& learned, double threshold, bool random_start,
                           const nlohmann::ordered_json* consensus) {
  ProgramGraph graph;
  graph.n_nodes = learned.n_latents();
  graph.threshold = threshold > 0 ? std::optional(threshold) : learned.threshold;
  graph.threshold_rule = threshold > 0 ? "as asked for" : learned.threshold_rule;
  const auto frequency =
      consensus ? frequencies_of(learned, *consensus) : std::map<std::pair<std::int64_t, std::int64_t>, double>{};
  for (std::int64_t i = 0; i < graph.n_nodes; ++i)
    for (std::int64_t j = i + 1; j < graph.n_nodes; ++j) {
      if (learned.graph(i, j) == 0) continue;
      ProgramGraph::Edge edge{i, j, learned.weights(i, j), learned.graph(i, j), std::nullopt};
      if (consensus) {
        const auto found = frequency.find({i, j});
        edge.frequency = found == frequency.end() ? 0 : found->second;
      }
      graph.edges.push_back(edge);
    }
  std::stable_sort(graph.edges.begin(), graph.edges.end(),
                   [](const auto& a, const auto& b) { return std::abs(a.weight) > std::abs(b.weight); });
  graph.reasons = reasons_of(learned, random_start, consensus);
  graph.noise = !graph.reasons.empty();
  return graph;
}

std::string to_graphml(const ProgramGraph& graph, const std::vector<Program>& programs) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
      "<key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>\n"
      "<key id=\"labels\" for=\"node\" attr.name=\"labels\" attr.type=\"string\"/>\n"
      "<key id=\"weight\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>\n"
      "<key id=\"raw_weight\" for=\"edge\" attr.name=\"raw_weight\" attr.type=\"double\"/>\n"
      "<key id=\"frequency\" for=\"edge\" attr.name=\"frequency\" attr.type=\"double\"/>\n"
      "<graph edgedefault=\"directed\">\n";
  for (const Program& program : programs)
    text += fmt::format("<node id=\"{}\"><data key=\"name\">{}</data><data key=\"labels\">{}</data></node>\n",
                        id_of(program.latent), escape_xml(program.name),
                        escape_xml(fmt::format("{}", fmt::join(main_labels(program), ", "))));
  for (const auto& edge : graph.kept()) {
    text += fmt::format(
        "<edge source=\"{}\" target=\"{}\"><data key=\"weight\">{}</data><data key=\"raw_weight\">{}</data>",
        id_of(edge.from), id_of(edge.to), edge.weight, edge.raw_weight);
    if (edge.frequency) text += fmt::format("<data key=\"frequency\">{}</data>", *edge.frequency);
    text += "</edge>\n";
  }
  return text + "</graph>\n</graphml>\n";
}

std::string to_dot(const ProgramGraph& graph, const std::vector<Program>& programs) {
  const auto edges = graph.kept();
  std::set<std::int64_t> joined;
  for (const auto& edge : edges) joined.insert({edge.from, edge.to});
  std::string text = "digraph programs {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n";
  for (const Program& program : programs)
    if (joined.contains(program.latent))
      text += fmt::format("  {} [label=\"{}\"];\n", id_of(program.latent), dot_text(program.name));
  for (const auto& edge : edges)
    text += fmt::format("  {} -> {} [label=\"{:.2g}\", penwidth={:.2f}{}];\n", id_of(edge.from), id_of(edge.to),
                        edge.weight, 1 + 3 * std::min(1.0, std::abs(edge.weight)),
                        edge.weight < 0 ? ", arrowhead=tee" : "");
  return text + "}\n";
}

std::string to_sif(const ProgramGraph& graph) {
  std::string text;
  std::set<std::int64_t> joined;
  for (const auto& edge : graph.kept()) {
    joined.insert({edge.from, edge.to});
    text += fmt::format("{}\t{}\t{}\n", id_of(edge.from), edge.weight > 0 ? "activates" : "inhibits", id_of(edge.to));
  }
  for (std::int64_t k = 0; k < graph.n_nodes; ++k)
    if (!joined.contains(k)) text += id_of(k) + "\n";
  return text;
}

nlohmann::ordered_json to_json(const ProgramGraph& graph, const std::vector<Program>& programs) {
  Json json = {{"format", kGraphFormat},
               {"directed", true},
               {"threshold", number_or_null(graph.threshold)},
               {"threshold_rule", graph.threshold_rule},
               {"noise", graph.noise},
               {"reasons", graph.reasons},
               {"nodes", Json::array()},
               {"edges", Json::array()}};
  for (const Program& program : programs)
    json["nodes"].push_back({{"id", id_of(program.latent)},
                             {"program", program.latent},
                             {"name", program.name},
                             {"labels", main_labels(program)}});
  for (const auto& edge : graph.kept())
    json["edges"].push_back({{"source", id_of(edge.from)},
                             {"target", id_of(edge.to)},
                             {"weight", edge.weight},
                             {"raw_weight", edge.raw_weight},
                             {"frequency", number_or_null(edge.frequency)}});
  return json;
}

}  // namespace gracevae::impl
