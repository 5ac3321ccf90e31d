#include "evaluate/consensus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "base/error.hpp"
#include "base/nearest.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;
using LabelPair = std::pair<std::size_t, std::size_t>;  ///< places in the sorted names of the labels

std::set<std::string> label_names(const LearnedGraph& run) {
  std::set<std::string> names;
  for (const auto& label : run.labels) names.insert(label.label);
  return names;
}

void check_labels(const LearnedGraph& run, const LearnedGraph& first) {
  const std::set<std::string> names = label_names(run), expected = label_names(first);
  std::vector<std::string> different;
  std::set_symmetric_difference(names.begin(), names.end(), expected.begin(), expected.end(),
                                std::back_inserter(different));
  if (!different.empty())
    throw InputError({.place = run.source,
                      .found = fmt::format("its labels are not those of {}: {} in one of them only", first.source,
                                           first_few(different, 5))},
                     "give runs of one screen and one kind of split");
}

void check_runs(const std::vector<LearnedGraph>& runs, std::optional<double> threshold) {
  if (runs.size() < 2)
    throw ConfigError(fmt::format("a consensus of {} run says nothing", runs.size()),
                      "give two or more run folders, for example the same options with several train.seed");
  std::set<std::string> sources;
  for (const LearnedGraph& run : runs) {
    if (!sources.insert(run.source).second)
      throw ConfigError({.place = run.source, .found = "this run is given twice"},
                        "every run counts once: leave one out");
    if (run.n_latents() == 0)
      throw InputError({.place = run.source, .found = "this model has no latent graph"}, "leave the run out");
    if (!threshold && !run.threshold)
      throw ConfigError({.place = run.source, .found = "the run has no threshold of its own"},
                        "give one for all: consensus.threshold 0.2");
    check_labels(run, runs.front());
  }
}

/// One run, seen by its labels.
class LabelledRun {
 public:
  LabelledRun(const LearnedGraph& graph, std::optional<double> threshold)
      : graph_(&graph), threshold_(threshold ? *threshold : graph.threshold.value_or(0)) {
    for (const auto& label : graph.labels) labels_.push_back(&label);
    std::sort(labels_.begin(), labels_.end(), [](const auto* a, const auto* b) { return a->label < b->label; });
  }

  const LearnedGraph& graph() const { return *graph_; }
  double threshold() const { return threshold_; }
  bool shared(const LabelPair& pair) const { return of(pair.first).latent == of(pair.second).latent; }
  bool possible(const LabelPair& pair) const { return of(pair.first).latent < of(pair.second).latent; }
  bool has(const LabelPair& pair) const {
    const double w = weight(pair);
    return possible(pair) && w != 0 && std::abs(w) >= threshold_;
  }
  /// As if both labels' shifts were positive.
  double weight(const LabelPair& pair) const {
    const auto &from = of(pair.first), &to = of(pair.second);
    const double sign = (from.shift < 0) == (to.shift < 0) ? 1 : -1;
    return sign * graph_->weights(from.latent, to.latent);
  }

 private:
  const LearnedGraph::Label& of(std::size_t label) const { return *labels_[label]; }

  const LearnedGraph* graph_;
  std::vector<const LearnedGraph::Label*> labels_;  // by name
  double threshold_;
};

/// "right", "reversed" or "wrong" by the latents that two labels hit.
class TrueEdges {
 public:
  TrueEdges(const KnownGraph& truth, const std::set<std::string>& names) : truth_(truth) {
    std::map<std::string, std::vector<std::int64_t>> latents;
    for (const auto& label : truth.labels) latents[label.label] = label.latents;
    if (std::none_of(names.begin(), names.end(), [&](const std::string& name) { return latents.contains(name); }))
      throw InputError({.place = truth.source, .found = "none of its labels is one of the runs'"},
                       "give the truth of the screen that the runs were trained on");
    for (const auto& name : names) latents_.push_back(latents[name]);
  }
  bool joins(const LabelPair& pair) const {
    for (const std::int64_t a : latents_[pair.first])
      for (const std::int64_t b : latents_[pair.second])
        if (truth_.weights(a, b) != 0) return true;
    return false;
  }
  const char* verdict(const LabelPair& pair) const {
    return joins(pair) ? "right" : joins({pair.second, pair.first}) ? "reversed" : "wrong";
  }

 private:
  const KnownGraph& truth_;
  std::vector<std::vector<std::int64_t>> latents_;
};

std::vector<LabelPair> ordered_pairs(std::size_t n_labels) {
  std::vector<LabelPair> pairs;
  for (std::size_t from = 0; from < n_labels; ++from)
    for (std::size_t to = 0; to < n_labels; ++to)
      if (from != to) pairs.emplace_back(from, to);
  return pairs;
}

/// Null for an edge that no run has.
Json edge_record(const std::vector<LabelledRun>& runs, const std::vector<std::string>& names, const LabelPair& pair) {
  std::int64_t positive = 0, possible = 0, shared = 0;
  std::vector<double> weights;
  for (const LabelledRun& run : runs) {
    possible += run.possible(pair);
    shared += run.shared(pair);
    if (!run.has(pair)) continue;
    weights.push_back(run.weight(pair));
    positive += weights.back() > 0;
  }
  if (weights.empty()) return {};
  const auto n = static_cast<double>(weights.size());
  double mean = 0, squares = 0;
  for (const double w : weights) mean += w / n;
  for (const double w : weights) squares += (w - mean) * (w - mean);
  return {{"from", names[pair.first]},
          {"to", names[pair.second]},
          {"count", weights.size()},
          {"n_runs", runs.size()},
          {"frequency", n / static_cast<double>(runs.size())},
          {"positive", positive},
          {"negative", static_cast<std::int64_t>(weights.size()) - positive},
          {"mean_weight", mean},
          {"sd_weight", weights.size() > 1 ? Json(std::sqrt(squares / (n - 1))) : Json()},
          {"possible", possible},
          {"shared", shared}};
}

/// Edges of any run, those of most runs and then of the largest weights first, and true ones that no run has.
struct FoundEdges {
  std::vector<Json> edges;
  Json missed = Json::array();
};

/// `truth`: nullptr where it is not known.
FoundEdges find_edges(const std::vector<LabelledRun>& runs, const std::vector<std::string>& names,
                      const std::vector<LabelPair>& pairs, const TrueEdges* truth) {
  FoundEdges found;
  for (const LabelPair& pair : pairs) {
    Json edge = edge_record(runs, names, pair);
    if (edge.is_null()) {
      if (truth && truth->joins(pair))
        found.missed.push_back({{"from", names[pair.first]}, {"to", names[pair.second]}});
      continue;
    }
    if (truth) {
      edge["is_true"] = truth->joins(pair);
      edge["truth"] = truth->verdict(pair);
    }
    found.edges.push_back(std::move(edge));
  }
  std::stable_sort(found.edges.begin(), found.edges.end(), [](const Json& a, const Json& b) {
    const auto key = [](const Json& e) {
      return std::pair(e.at("count").get<std::int64_t>(), std::abs(e.at("mean_weight").get<double>()));
    };
    return key(a) > key(b);
  });
  return found;
}

/// Share of the ordered pairs of labels that are edges, of every run.
std::vector<double> densities(const std::vector<LabelledRun>& runs, const std::vector<LabelPair>& pairs) {
  std::vector<double> result;
  for (const LabelledRun& run : runs) {
    const auto n = std::count_if(pairs.begin(), pairs.end(), [&](const LabelPair& pair) { return run.has(pair); });
    result.push_back(pairs.empty() ? 0 : static_cast<double>(n) / static_cast<double>(pairs.size()));
  }
  return result;
}

/// [n + 1] probability of at least k successes in independent trials with these probabilities.
std::vector<double> at_least(const std::vector<double>& probabilities) {
  std::vector<double> exactly = {1};
  for (const double p : probabilities) {
    exactly.push_back(0);
    for (std::size_t k = exactly.size(); k-- > 0;) exactly[k] = exactly[k] * (1 - p) + (k > 0 ? exactly[k - 1] * p : 0);
  }
  for (std::size_t k = exactly.size() - 1; k-- > 0;) exactly[k] += exactly[k + 1];
  return exactly;
}

/// Pairs of labels on one latent, and in how many runs.
Json shared_record(const std::vector<LabelledRun>& runs, const std::vector<std::string>& names,
                   const std::vector<LabelPair>& pairs) {
  Json rows = Json::array();
  for (const LabelPair& pair : pairs) {
    if (pair.first > pair.second) continue;
    const auto n = std::count_if(runs.begin(), runs.end(), [&](const LabelledRun& run) { return run.shared(pair); });
    if (n > 0) rows.push_back({{"labels", {names[pair.first], names[pair.second]}}, {"runs", n}});
  }
  return rows;
}

Json runs_record(const std::vector<LabelledRun>& runs, const std::vector<double>& density) {
  Json rows = Json::array();
  for (std::size_t r = 0; r < runs.size(); ++r)
    rows.push_back({{"latents", runs[r].graph().source},
                    {"mechanism", runs[r].graph().mechanism},
                    {"identified", runs[r].graph().identified},
                    {"threshold", runs[r].threshold()},
                    {"density", density[r]}});
  return rows;
}

Json warnings_of(const std::vector<LearnedGraph>& runs, const Json& shared) {
  Json warnings = Json::array();
  const auto unidentified = std::count_if(runs.begin(), runs.end(), [](const auto& run) { return !run.identified; });
  if (unidentified > 0)
    warnings.push_back(fmt::format(
        "{} of {} runs have a mechanism whose graph is not identified: agreement between them says nothing about causes.",
        unidentified, runs.size()));
  std::set<std::string> mechanisms;
  for (const LearnedGraph& run : runs) mechanisms.insert(run.mechanism);
  if (mechanisms.size() > 1)
    warnings.push_back(
        fmt::format("The runs have {} different mechanisms: their weights do not mean the same.", mechanisms.size()));
  if (!shared.empty())
    warnings.push_back(fmt::format(
        "{} pairs of labels share a latent in at least one run, which then cannot have an edge between them.",
        shared.size()));
  return warnings;
}

/// Edges in this many runs are shown; frequencies are quotients, so a little less is enough.
std::int64_t least_count(const Json& consensus, double min_frequency) {
  return std::max<std::int64_t>(1, std::llround(std::ceil(
                                       min_frequency * static_cast<double>(consensus.at("runs").size()) - 1e-9)));
}

}  // namespace

nlohmann::ordered_json consensus(const std::vector<LearnedGraph>& runs, std::optional<double> threshold,
                                 const std::optional<KnownGraph>& truth) {
  check_runs(runs, threshold);
  std::vector<LabelledRun> labelled;
  for (const LearnedGraph& run : runs) labelled.emplace_back(run, threshold);
  const std::set<std::string> sorted = label_names(runs.front());
  const std::vector<std::string> names(sorted.begin(), sorted.end());
  const std::vector<LabelPair> pairs = ordered_pairs(names.size());
  const std::vector<double> density = densities(labelled, pairs);
  const auto true_edges = truth ? std::make_unique<TrueEdges>(*truth, sorted) : nullptr;

  const FoundEdges found = find_edges(labelled, names, pairs, true_edges.get());
  Json result = {{"format", "gracevae-consensus/1"}, {"runs", runs_record(labelled, density)}, {"labels", names}};
  double mean = 0;
  for (const double value : density) mean += value / static_cast<double>(density.size());
  result["chance_frequency"] = mean;
  result["expected"] = Json::array();
  for (const double p : at_least(density)) result["expected"].push_back(p * static_cast<double>(pairs.size()));
  result["edges"] = found.edges;
  if (truth) result["missed"] = found.missed;
  result["shared"] = shared_record(labelled, names, pairs);
  result["warnings"] = warnings_of(runs, result["shared"]);
  return result;
}

std::string consensus_tsv(const nlohmann::ordered_json& consensus, double min_frequency) {
  const bool judged = consensus.contains("missed");
  std::string text = "from\tto\tcount\tn_runs\tfrequency\tpositive\tnegative\tmean_weight\tsd_weight\tpossible\tshared";
  text += judged ? "\ttruth\n" : "\n";
  for (const auto& edge : consensus.at("edges")) {
    if (edge.at("count").get<std::int64_t>() < least_count(consensus, min_frequency)) continue;
    const auto number = [&](const char* key) { return edge.at(key).get<std::int64_t>(); };
    const Json& sd = edge.at("sd_weight");
    text +=
        fmt::format("{}\t{}\t{}\t{}\t{:.3f}\t{}\t{}\t{:.3f}\t{}\t{}\t{}", edge.at("from").get<std::string>(),
                    edge.at("to").get<std::string>(), number("count"), number("n_runs"),
                    edge.at("frequency").get<double>(), number("positive"), number("negative"),
                    edge.at("mean_weight").get<double>(), sd.is_null() ? "NA" : fmt::format("{:.3f}", sd.get<double>()),
                    number("possible"), number("shared"));
    text += judged ? "\t" + edge.at("truth").get<std::string>() + "\n" : "\n";
  }
  return text;
}

std::string consensus_notes(const nlohmann::ordered_json& consensus, double min_frequency) {
  const std::int64_t least = least_count(consensus, min_frequency);
  const auto& edges = consensus.at("edges");
  std::map<std::string, std::int64_t> verdicts;
  std::int64_t n_shown = 0;
  for (const auto& edge : edges) {
    if (edge.at("count").get<std::int64_t>() < least) continue;
    ++n_shown;
    if (edge.contains("truth")) ++verdicts[edge.at("truth").get<std::string>()];
  }
  std::string text = fmt::format(
      "{} edges in at least {} of {} runs (chance: {:.2g}), {} in fewer. An edge's chance frequency is {:.3f}.\n",
      n_shown, least, consensus.at("runs").size(),
      consensus.at("expected").at(static_cast<std::size_t>(least)).get<double>(),
      static_cast<std::int64_t>(edges.size()) - n_shown, consensus.at("chance_frequency").get<double>());
  if (consensus.contains("missed"))
    text += fmt::format("Of these {} are right, {} reversed, {} wrong; {} true edges are in no run.\n",
                        verdicts["right"], verdicts["reversed"], verdicts["wrong"], consensus.at("missed").size());
  for (const auto& warning : consensus.at("warnings")) text += "Note: " + warning.get<std::string>() + "\n";
  return text;
}

}  // namespace gracevae::impl
