#include "evaluate/structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "evaluate/graph_scores.hpp"
#include "evaluate/latent_correlation.hpp"
#include "evaluate/latent_match.hpp"
#include "evaluate/warnings.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;
constexpr int kGrid = 100;  // thresholds 0.01, 0.02 … 1: the same for all runs, so that curves can be averaged

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json record_of(const ChanceScores& chance) {
  return {{"precision", chance.precision}, {"recall", chance.recall}, {"f1", chance.f1},
          {"f1_sd", chance.f1_sd},         {"shd", chance.hamming},   {"shd_sd", chance.hamming_sd}};
}

Json record_of(const EdgeScores& scores) {
  return {{"edges", scores.n_found},
          {"right", scores.n_right},
          {"reversed", scores.n_reversed},
          {"right_sign", scores.right_sign},
          {"precision", scores.precision()},
          {"recall", scores.recall()},
          {"f1", scores.f1()},
          {"shd", scores.hamming}};
}

/// Scores at one threshold, and what chance gives for as many edges.
Json threshold_record(const PlacedTruth& truth, const LearnedGraph& fit, double threshold) {
  const EdgeScores scores = edge_scores(truth, fit.weights, threshold);
  Json record = {{"threshold", threshold}};
  record.update(record_of(scores));
  record["chance"] = {{"random_order", record_of(chance_scores(truth, scores.n_found, ChanceOrder::random))},
                      {"fitted_order", record_of(chance_scores(truth, scores.n_found, ChanceOrder::fitted))}};
  return record;
}

/// Each true latent, then the fitted latents that stand for none.
Json matching_record(const KnownGraph& truth, const LearnedGraph& fit, const LatentMatch& match,
                     const Matrix<double>& correlation) {
  Json rows = Json::array();
  for (std::int64_t i = 0; i < truth.n_latents(); ++i) {
    const auto latent = static_cast<std::size_t>(i);
    const std::int64_t fitted = match.fitted[latent];
    Json row = {{"true", i},
                {"fitted", fitted < 0 ? Json() : Json(fitted)},
                {"sign", match.sign[latent]},
                {"by", fitted < 0                     ? Json()
                       : match.by_correlation[latent] ? Json("correlation")
                                                      : Json("labels")},
                {"correlation", fitted < 0 || correlation.n_rows == 0 ? Json() : Json(correlation(i, fitted))}};
    row["labels"] = Json::array();
    for (const auto& label : truth.labels)
      if (std::find(label.latents.begin(), label.latents.end(), i) != label.latents.end())
        row["labels"].push_back(label.label);
    row["fitted_labels"] = Json::array();
    for (const auto& label : fit.labels)
      if (fitted >= 0 && label.latent == fitted) row["fitted_labels"].push_back(label.label);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::int64_t> unmatched_fitted(const LearnedGraph& fit, const LatentMatch& match) {
  std::vector<std::int64_t> unmatched;
  for (std::int64_t j = 0; j < fit.n_latents(); ++j)
    if (std::find(match.fitted.begin(), match.fitted.end(), j) == match.fitted.end()) unmatched.push_back(j);
  return unmatched;
}

/// True latent of every fitted one, null for none.
std::vector<Json> true_of_fitted(const LearnedGraph& fit, const LatentMatch& match) {
  std::vector<Json> latents(static_cast<std::size_t>(fit.n_latents()));
  for (std::size_t i = 0; i < match.fitted.size(); ++i)
    if (match.fitted[i] >= 0) latents[static_cast<std::size_t>(match.fitted[i])] = static_cast<std::int64_t>(i);
  return latents;
}

/// Every edge that is true or found at the threshold, with true and fitted numbers of its ends.
Json edge_records(const PlacedTruth& truth, const LearnedGraph& fit, const LatentMatch& match, double threshold) {
  Json rows = Json::array();
  const std::vector<Json> names = true_of_fitted(fit, match);
  for (std::int64_t i = 0; i < fit.n_latents(); ++i)
    for (std::int64_t j = 0; j < fit.n_latents(); ++j) {
      const double known = truth.weights(i, j), weight = fit.weights(i, j);
      const bool found = weight != 0 && std::abs(weight) >= threshold;
      if (known == 0 && !found) continue;
      const bool back = truth.weights(j, i) != 0;
      const char* verdict = known == 0 ? (back ? "reversed" : "wrong") : found ? "right" : "missing";
      rows.push_back({{"from", names[static_cast<std::size_t>(i)]},
                      {"to", names[static_cast<std::size_t>(j)]},
                      {"fitted_from", i},
                      {"fitted_to", j},
                      {"true_weight", known},
                      {"weight", weight},
                      {"verdict", verdict}});
    }
  return rows;
}

std::vector<std::string> matching_warnings(const LearnedGraph& fit, const LatentMatch& match) {
  std::vector<std::string> warnings;
  if (const auto n = std::count(match.fitted.begin(), match.fitted.end(), -1); n > 0)
    warnings.push_back(fmt::format(
        "{} of {} true latents have no match in the fit: no label of the fit stands for them alone. Their edges count "
        "as missing.",
        n, match.fitted.size()));
  if (const auto n = std::count(match.by_correlation.begin(), match.by_correlation.end(), true); n > 0)
    warnings.push_back(
        fmt::format("{} latents are matched by the correlation of the cells' latents, since no label names them.", n));
  if (!match.off_match.empty())
    warnings.push_back(fmt::format("{} of {} labels hit a latent of the fit that stands for another: {}.",
                                   match.off_match.size(), match.n_labels, first_few(match.off_match, 5)));
  const auto n_flipped = std::count(match.sign.begin(), match.sign.end(), -1);
  if (n_flipped > 0 && fit.mechanism == "relu")
    warnings.push_back(fmt::format(
        "{} latents have the opposite sign in the fit. The relu mechanism passes on positive values only, so what the "
        "fit lets such a latent do is not what the true one does, even where the edge is right.",
        n_flipped));
  return warnings;
}

std::vector<std::string> score_warnings(const PlacedTruth& truth, const LearnedGraph& fit) {
  if (!fit.threshold)
    return {"The fit has no threshold of its own: choose one without the truth; the grid is no way to choose it."};
  const EdgeScores scores = edge_scores(truth, fit.weights, *fit.threshold);
  if (scores.n_found == 0) return {"The fit has no edge at its threshold."};
  const ChanceScores chance = chance_scores(truth, scores.n_found, ChanceOrder::random);
  if (scores.f1() > chance.f1 + 2 * chance.f1_sd) return {};
  return {fmt::format(
      "The learned graph is no better than chance: F1 {:.2f}, and {:.2f} ± {:.2f} for as many edges placed at random "
      "in a random order.",
      scores.f1(), chance.f1, chance.f1_sd)};
}

std::vector<std::string> unmatched_warnings(const LearnedGraph& fit, const std::vector<std::int64_t>& unmatched) {
  std::int64_t n_edges = 0;
  for (std::int64_t i = 0; i < fit.n_latents(); ++i)
    for (std::int64_t j = 0; j < fit.n_latents(); ++j) {
      const bool touched = std::binary_search(unmatched.begin(), unmatched.end(), i) ||
                           std::binary_search(unmatched.begin(), unmatched.end(), j);
      const double weight = fit.weights(i, j);
      n_edges += touched && weight != 0 && std::abs(weight) >= fit.threshold.value_or(0);
    }
  if (n_edges == 0) return {};
  return {fmt::format("{} edges of the fit are at one of {} latents that stand for no true one: they count as wrong.",
                      n_edges, unmatched.size())};
}

Json warnings_of(const PlacedTruth& truth, const LearnedGraph& fit, const LatentMatch& match) {
  Json warnings = Json::array();
  if (!fit.identified)
    warnings.push_back(fmt::format(
        "The graph of the {} mechanism with these interventions is not identified: whatever these scores are, no data "
        "could have told this graph from others.",
        fit.mechanism));
  for (const auto& texts : {matching_warnings(fit, match), unmatched_warnings(fit, unmatched_fitted(fit, match)),
                            score_warnings(truth, fit)})
    for (const std::string& text : texts) warnings.push_back(text);
  return warnings;
}

/// What chance gives for everything; the graphs are those of as many edges as at the own threshold.
Json chance_record(const KnownGraph& truth, const LearnedGraph& fit, const LatentMatch& match,
                   const PlacedTruth& placed, std::uint64_t seed) {
  const std::int64_t n_weights = edge_scores(placed, fit.weights, 0).n_found;
  const auto area = [&](ChanceOrder order) {
    return number_or_null(chance_scores(placed, n_weights, order).average_precision);
  };
  Json chance = fit.threshold ? threshold_record(placed, fit, *fit.threshold).at("chance")
                              : Json{{"random_order", nullptr}, {"fitted_order", nullptr}};
  chance["empty_graph"] = record_of(edge_scores(placed, Matrix<double>(fit.n_latents(), fit.n_latents()), 0));
  chance["auprc"] = area(ChanceOrder::random);
  chance["auprc_fitted_order"] = area(ChanceOrder::fitted);
  chance["order_violations"] = static_cast<double>(placed.n_placed) / 2;
  chance["target_accuracy"] = nullptr;
  if (match.n_labels > 0)
    chance["target_accuracy"] =
        agreeing_by_chance(truth, fit, Random(seed, "structure/labels")) / static_cast<double>(match.n_labels);
  return chance;
}

Json descriptions() {
  Json result = Json::object();
  for (const MetricInfo& info : structure_metric_infos())
    result[info.id] = {{"version", info.version},
                       {"formula", info.formula},
                       {"higher_is_better", info.higher_is_better}};
  return result;
}

}  // namespace

const std::vector<MetricInfo>& structure_metric_infos() {
  static const std::vector<MetricInfo> infos = {
      {"structure.shd", 1, "pairs of latents that differ (no edge, one way, the other way) + true edges without match",
       false},
      {"structure.precision", 1, "right edges / edges of the fit", true},
      {"structure.recall", 1, "right edges / true edges", true},
      {"structure.f1", 1, "2 right edges / (edges of the fit + true edges)", true},
      {"structure.auprc", 1, "sum_k (R_k - R_(k-1)) P_k over |weight| falling, all ordered pairs of latents", true},
      {"structure.target_accuracy", 1, "labels whose fitted latent is the match of a latent that they hit / labels",
       true},
      {"structure.order_violations", 1, "true edges whose matched latents stand the other way round in the fit", false},
      {"structure.latent_correlation", 1, "mean over matched latents of |cor(true u, fitted u)| over control cells",
       true}};
  return infos;
}

void require_comparable(const KnownGraph& truth, const LearnedGraph& fit) {
  if (fit.n_latents() == 0)
    throw InputError({.place = fit.source,
                      .found = "this model has no latent graph, so there is nothing to compare with a truth"},
                     "leave evaluate.truth out, or train a model with one (grace-vae, cmvae)");
  match_latents(truth, fit);
}

nlohmann::ordered_json structure_record(const KnownGraph& truth, const LearnedGraph& fit,
                                        const Matrix<double>& correlation, std::uint64_t seed) {
  require_comparable(truth, fit);
  const LatentMatch match = match_latents(truth, fit, correlation);
  const PlacedTruth placed = place_truth(truth, fit, match);
  Json record = {
      {"truth", truth.source},         {"n_latents", truth.n_latents()}, {"n_latents_fitted", fit.n_latents()},
      {"true_edges", truth.n_edges()}, {"lost_edges", placed.n_lost},    {"mechanism", fit.mechanism},
      {"identified", fit.identified},  {"metrics", descriptions()}};
  record["at_threshold"] = fit.threshold ? threshold_record(placed, fit, *fit.threshold) : Json();
  record["threshold_rule"] = fit.threshold_rule;
  record["auprc"] = number_or_null(average_precision(placed, fit.weights));
  record["target_accuracy"] =
      match.n_labels > 0 ? Json(static_cast<double>(match.n_agreeing()) / static_cast<double>(match.n_labels)) : Json();
  record["order_violations"] = order_violations(placed);
  record["latent_correlation"] = number_or_null(matched_correlation(correlation, match));
  record["chance"] = chance_record(truth, fit, match, placed, seed);
  record["chance"]["latent_correlation"] = number_or_null(correlation_by_chance(correlation, match));
  record["matching"] = matching_record(truth, fit, match, correlation);
  record["unmatched_fitted"] = unmatched_fitted(fit, match);
  record["off_match_labels"] = match.off_match;
  record["edges"] = edge_records(placed, fit, match, fit.threshold.value_or(0));
  record["thresholds"] = Json::array();
  for (int k = 1; k <= kGrid; ++k)
    record["thresholds"].push_back(threshold_record(placed, fit, static_cast<double>(k) / kGrid));
  record["warnings"] = warnings_of(placed, fit, match);
  return record;
}

void add_structure(const KnownGraph& truth, const LearnedGraph& fit, const std::filesystem::path& predictions,
                   std::uint64_t seed, nlohmann::ordered_json& metrics) {
  metrics["structure"] = structure_record(truth, fit, latent_correlations(truth, fit, predictions), seed);
  add_warnings(metrics.at("structure").at("warnings").get<std::vector<std::string>>(), metrics);
}

}  // namespace gracevae::impl
