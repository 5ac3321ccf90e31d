#pragma once
/// @file How often an edge of the latent graph appears over several runs.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/latent_graph.hpp"

namespace gracevae {

/// Edges between labels: A → B is in a run where the weight between the latents that A and B hit is at least the run's
/// own threshold, or `threshold`. Labels that share their latent in a run have no edge between them there. Returns
/// {"format": "gracevae-consensus/1", "runs": [...], "labels": [...], "edges": [{from, to, count, n_runs, frequency,
/// positive, negative, mean_weight, sd_weight, possible, chance, is_true}], "warnings": [...]}, most frequent first:
/// `possible` counts the runs whose order of latents allows the edge, `chance` is the frequency that as many edges per
/// run, placed anywhere, would give; `is_true` stands only beside a truth. InputError when the runs have different
/// labels, ConfigError for fewer than two runs.
/// @test tests/unit/evaluate/structure_test.cpp
nlohmann::ordered_json consensus(const std::vector<LearnedGraph>& runs, std::optional<double> threshold,
                                 const std::optional<KnownGraph>& truth);

/// A table of the edges that appear in at least this share of the runs.
std::string consensus_text(const nlohmann::ordered_json& consensus, double min_frequency);

}  // namespace gracevae
