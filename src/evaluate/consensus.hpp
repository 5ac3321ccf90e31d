#pragma once
/// @file How often an edge of the latent graph appears over several runs.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/latent_graph.hpp"

namespace gracevae::impl {

/// Edges between labels, consensus.json (docs/formats.md), most frequent first. Latents of different runs are matched
/// through the labels that hit them: A → B is in a run where the standardised weight between the latents that A and B
/// hit is at least the run's own threshold, or `threshold`. Where A and B share a latent, that run has no edge between
/// them and could not have had one. A run may count a latent either way round, so weights are given as if the shift of
/// every label were positive: w · sign(shift of A) · sign(shift of B). Mean and sd (n − 1) of the weight are over the
/// runs that have the edge. `expected` counts the edges that chance would give: every run's edges between labels,
/// placed on ordered pairs of labels at random and independently of the other runs; expected[k] is the mean number of
/// pairs in at least k runs. With a truth, every edge is right, reversed or wrong, and the true edges that no run has
/// are listed.
/// @throws InputError the runs have different labels, none that the truth has, or one has no latent graph. ConfigError:
/// fewer than two runs, the same run twice, a run without a threshold of its own and none given.
/// @test tests/unit/evaluate/consensus_test.cpp
nlohmann::ordered_json consensus(const std::vector<LearnedGraph>& runs, std::optional<double> threshold,
                                 const std::optional<KnownGraph>& truth);

/// Tab-separated with a header line: the edges that appear in at least this share of the runs.
std::string consensus_tsv(const nlohmann::ordered_json& consensus, double min_frequency);
/// How many edges that is, how many chance would give, and the warnings: for people.
std::string consensus_notes(const nlohmann::ordered_json& consensus, double min_frequency);

}  // namespace gracevae::impl
