#include "evaluate/consensus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.hpp"
#include "io/table.hpp"

namespace gracevae {

namespace {

using Json = nlohmann::ordered_json;

std::set<std::string> label_names(const LearnedGraph& run) {
  std::set<std::string> names;
  for (const auto& label : run.labels) names.insert(label.label);
  return names;
}

void check_runs(const std::vector<LearnedGraph>& runs) {
  if (runs.size() < 2)
    throw ConfigError(fmt::format("a consensus of {} run says nothing", runs.size()),
                      "give two or more run folders, for example the same options with several --seed");
  const std::set<std::string> first = label_names(runs.front());
  for (const LearnedGraph& run : runs) {
    if (run.n_latents() == 0) throw InputError(run.source + ": this model has no latent graph", "leave the run out");
    const std::set<std::string> names = label_names(run);
    if (names == first) continue;
    std::vector<std::string> different;
    std::set_symmetric_difference(names.begin(), names.end(), first.begin(), first.end(),
                                  std::back_inserter(different));
    throw InputError(fmt::format("{}: its labels are not those of {}: {} stands in one of them only", run.source,
                                 runs.front().source, different.front()),
                     "give runs of one screen and one kind of split");
  }
}

/// One run, seen by its labels.
struct LabelledRun {
  const LearnedGraph* graph;
  std::map<std::string, std::int64_t> latent;
  double threshold;

  double weight(const std::string& from, const std::string& to) const {
    return graph->weights(latent.at(from), latent.at(to));
  }
  bool possible(const std::string& from, const std::string& to) const { return latent.at(from) < latent.at(to); }
  bool has(const std::string& from, const std::string& to) const {
    const double w = weight(from, to);
    return latent.at(from) != latent.at(to) && w != 0 && std::abs(w) >= threshold;
  }
};

bool is_true_edge(const KnownGraph& truth, const std::string& from, const std::string& to) {
  const auto latents = [&](const std::string& name) -> const std::vector<std::int64_t>* {
    for (const auto& label : truth.labels)
      if (label.label == name) return &label.latents;
    return nullptr;
  };
  const auto *a = latents(from), *b = latents(to);
  return a && b && a->size() == 1 && b->size() == 1 && truth.weights(a->front(), b->front()) != 0;
}

Json edge_record(const std::vector<LabelledRun>& runs, const std::string& from, const std::string& to) {
  std::int64_t count = 0, positive = 0, negative = 0, possible = 0;
  double sum = 0, squares = 0;
  for (const LabelledRun& run : runs) {
    possible += run.possible(from, to);
    if (!run.has(from, to)) continue;
    const double w = run.weight(from, to);
    ++count;
    (w > 0 ? positive : negative) += 1;
    sum += w;
    squares += w * w;
  }
  if (count == 0) return {};
  const auto n = static_cast<double>(count);
  const double mean = sum / n;
  return {{"from", from},
          {"to", to},
          {"count", count},
          {"n_runs", runs.size()},
          {"frequency", n / static_cast<double>(runs.size())},
          {"positive", positive},
          {"negative", negative},
          {"mean_weight", mean},
          {"sd_weight", count > 1 ? std::sqrt(std::max(0.0, (squares - n * mean * mean) / (n - 1))) : 0.0},
          {"possible", possible}};
}

}  // namespace

nlohmann::ordered_json consensus(const std::vector<LearnedGraph>& runs, std::optional<double> threshold,
                                 const std::optional<KnownGraph>& truth) {
  check_runs(runs);
  std::vector<LabelledRun> labelled;
  for (const LearnedGraph& run : runs) {
    LabelledRun one{&run, {}, threshold.value_or(run.threshold)};
    for (const auto& label : run.labels) one.latent[label.label] = label.latent;
    labelled.push_back(std::move(one));
  }
  const std::set<std::string> names = label_names(runs.front());
  std::vector<Json> edges;
  double total = 0;
  for (const auto& from : names)
    for (const auto& to : names) {
      if (from == to) continue;
      Json edge = edge_record(labelled, from, to);
      if (edge.is_null()) continue;
      if (truth) edge["is_true"] = is_true_edge(*truth, from, to);
      total += edge.at("count").get<double>();
      edges.push_back(std::move(edge));
    }
  const auto c = static_cast<double>(names.size()), n = static_cast<double>(runs.size());
  const double chance = c > 1 ? total / n / (c * (c - 1)) : 0;
  std::stable_sort(edges.begin(), edges.end(), [](const Json& a, const Json& b) {
    const auto key = [](const Json& e) {
      return std::pair(e.at("count").get<std::int64_t>(), std::abs(e.at("mean_weight").get<double>()));
    };
    return key(a) > key(b);
  });
  Json result = {{"format", "gracevae-consensus/1"}, {"runs", Json::array()}, {"labels", names}};
  for (const LabelledRun& run : labelled)
    result["runs"].push_back({{"latents", run.graph->source}, {"threshold", run.threshold}});
  result["chance_frequency"] = chance;
  result["edges"] = edges;
  result["warnings"] = Json::array();
  const auto unidentified = std::count_if(runs.begin(), runs.end(), [](const auto& run) { return !run.identified; });
  if (unidentified > 0)
    result["warnings"].push_back(fmt::format(
        "{} of {} runs have a mechanism whose graph is not identified: agreement between them says nothing about causes.",
        unidentified, runs.size()));
  return result;
}

std::string consensus_text(const nlohmann::ordered_json& consensus, double min_frequency) {
  Table table{{"from", "to", "runs", "frequency", "sign", "weight", "sd", "order allows"}, {}};
  std::size_t n_hidden = 0;
  for (const auto& edge : consensus.at("edges")) {
    if (edge.at("frequency").get<double>() < min_frequency) {
      ++n_hidden;
      continue;
    }
    const auto positive = edge.at("positive").get<std::int64_t>(), negative = edge.at("negative").get<std::int64_t>();
    std::vector<std::string> row = {edge.at("from"),
                                    edge.at("to"),
                                    fmt::format("{} of {}", edge.at("count").get<std::int64_t>(),
                                                edge.at("n_runs").get<std::int64_t>()),
                                    fmt::format("{:.2f}", edge.at("frequency").get<double>()),
                                    negative == 0   ? "+"
                                    : positive == 0 ? "-"
                                                    : fmt::format("{}+ {}-", positive, negative),
                                    fmt::format("{:.2f}", edge.at("mean_weight").get<double>()),
                                    fmt::format("{:.2f}", edge.at("sd_weight").get<double>()),
                                    std::to_string(edge.at("possible").get<std::int64_t>())};
    if (edge.contains("is_true")) row.push_back(edge.at("is_true").get<bool>() ? "true" : "wrong");
    table.rows.push_back(std::move(row));
  }
  if (!table.rows.empty() && table.rows.front().size() > table.columns.size()) table.columns.emplace_back("truth");
  std::string text = to_text(table);
  text += fmt::format("chance frequency {:.3f}", consensus.at("chance_frequency").get<double>());
  if (n_hidden > 0) text += fmt::format("; {} edges below {:g} of the runs are left out", n_hidden, min_frequency);
  text += "\n";
  for (const auto& warning : consensus.at("warnings")) text += "warning: " + warning.get<std::string>() + "\n";
  return text;
}

}  // namespace gracevae
