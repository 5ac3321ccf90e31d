#include "run/learned_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/error.hpp"
#include "base/files.hpp"
#include "run/json_file.hpp"
#include "run/run_folder.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::json;

Matrix<double> matrix_of(const Json& rows, const std::string& place) {
  const auto n = static_cast<std::int64_t>(rows.size());
  Matrix<double> result(n, n);
  for (std::int64_t i = 0; i < n; ++i) {
    const Json& row = rows.at(static_cast<std::size_t>(i));
    if (static_cast<std::int64_t>(row.size()) != n)
      throw InputError({.place = place,
                        .found = fmt::format("row {} of the graph has {} numbers", i + 1, row.size()),
                        .expected = std::to_string(n)});
    for (std::int64_t j = 0; j < n; ++j) result(i, j) = row.at(static_cast<std::size_t>(j)).get<double>();
  }
  return result;
}

/// Latents of a fit stand in causal order.
void require_upper(const Matrix<double>& graph, const std::string& place) {
  for (std::int64_t i = 0; i < graph.n_rows; ++i)
    for (std::int64_t j = 0; j <= i; ++j)
      if (graph(i, j) != 0)
        throw InputError({.place = place,
                          .found = fmt::format("the graph has an edge from latent {} to {}", i, j),
                          .expected = "edges to later ones only"},
                         "train the run again");
}

nlohmann::ordered_json rows_of(const Matrix<double>& matrix) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::int64_t i = 0; i < matrix.n_rows; ++i) {
    const std::span<const double> row = matrix.row(i);
    rows.push_back(std::vector<double>(row.begin(), row.end()));
  }
  return rows;
}

LearnedGraph learned_graph(const Json& json, const std::string& source) {
  LearnedGraph result;
  if (json.at("format") != kLatentsFormat)
    throw InputError({.place = source,
                      .found = fmt::format("format {}", json.at("format").dump()),
                      .expected = fmt::format("\"{}\"", kLatentsFormat)},
                     "train the run again with this version");
  result.source = source;
  result.model = json.value("model", "");
  result.mechanism = json.at("mechanism");
  result.intervention = json.value("intervention", "");
  result.identified = json.at("identifies_graph");
  result.tau = json.value("tau", 1.0);
  result.graph = matrix_of(json.at("graph"), source);
  require_upper(result.graph, source);
  result.weights = result.graph;
  result.noise_sd = json.at("noise_sd").get<std::vector<double>>();
  const std::vector<double>& noise = result.noise_sd;
  const std::int64_t d = result.n_latents();
  if (d > 0 && static_cast<std::int64_t>(noise.size()) != d)
    throw InputError(
        {.place = source, .found = fmt::format("noise_sd has {} numbers, the graph {} latents", noise.size(), d)});
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < d; ++j)
      if (const double child = noise[static_cast<std::size_t>(j)]; child > 0)
        result.weights(i, j) *= noise[static_cast<std::size_t>(i)] / child;
  if (!std::ranges::all_of(result.weights.values, [](double weight) { return std::isfinite(weight); }))
    throw InputError({.place = source, .found = "a weight of the graph in units of noise is not finite"},
                     "train the run again");
  for (const Json& label : json.at("labels")) {
    result.labels.push_back({label.at("label"), label.at("latent"), label.at("sharpness"), label.at("shift")});
    if (d > 0) require_latent(result.labels.back().latent, d, source);
  }
  if (json.at("threshold").is_number()) result.threshold = json.at("threshold");
  result.threshold_rule = json.at("threshold_rule");
  result.start = json.value("start", nlohmann::ordered_json::object());
  result.diagnostics = json.value("diagnostics", nlohmann::ordered_json::object());
  result.warnings = json.at("warnings").get<std::vector<std::string>>();
  return result;
}

}  // namespace

void require_latent(std::int64_t latent, std::int64_t n, const std::string& place) {
  if (latent < 0 || latent >= n)
    throw InputError(
        {.place = place, .found = fmt::format("latent {}", latent), .expected = fmt::format("0 to {}", n - 1)});
}

void write_learned_graph(const std::filesystem::path& file, const LearnedGraph& learned) {
  nlohmann::ordered_json json = {{"format", kLatentsFormat},
                                 {"model", learned.model},
                                 {"mechanism", learned.mechanism},
                                 {"intervention", learned.intervention},
                                 {"identifies_graph", learned.identified},
                                 {"tau", learned.tau}};
  json["labels"] = nlohmann::ordered_json::array();
  for (const LearnedGraph::Label& label : learned.labels)
    json["labels"].push_back(
        {{"label", label.label}, {"latent", label.latent}, {"sharpness", label.sharpness}, {"shift", label.shift}});
  json["noise_sd"] = learned.noise_sd;
  json["graph"] = rows_of(learned.graph);
  json["threshold"] = nullptr;
  if (learned.threshold) json["threshold"] = *learned.threshold;
  json["threshold_rule"] = learned.threshold_rule;
  json["start"] = learned.start;
  json["diagnostics"] = learned.diagnostics;
  json["warnings"] = learned.warnings;
  write_text(file, json.dump() + "\n");
}

LearnedGraph read_learned_graph(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw IoError({.place = file.string(),
                   .found = "no such file: the run has not finished, or is of a version that did not write it"},
                  "finish the run first (gracevae train --resume), or train it again");
  return read_json(file, "train the run again", [&](const Json& json) { return learned_graph(json, file.string()); });
}

std::vector<std::string> read_latent_warnings(const std::filesystem::path& file) {
  return read_json(file, "train the run again",
                   [](const Json& json) { return json.at("warnings").get<std::vector<std::string>>(); });
}

}  // namespace gracevae::impl
