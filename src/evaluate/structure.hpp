#pragma once
/// @file Structure recovery: a learned latent graph against the one that made the cells.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluate/latent_graph.hpp"
#include "evaluate/metrics.hpp"

namespace gracevae::impl {

/// Ids, versions, formulas and directions of the structure scores; the source of docs/metrics.md.
const std::vector<MetricInfo>& structure_metric_infos();

/// InputError when the two cannot be compared: the fit has no latent graph, or no label in common with the truth.
/// Cheap: to be called before predictions are made.
void require_comparable(const KnownGraph& truth, const LearnedGraph& fit);

/// metrics.json's "structure" (docs/formats.md): the matching of latents, scores at the fit's own threshold and over a
/// grid of thresholds, each with what chance gives, the edges one by one, warnings. `correlation` [true d, fitted d] of
/// the cells' latents, empty when not known. Randomness only in what chance gives for the target accuracy (seeded).
/// Errors as require_comparable.
/// @test tests/unit/evaluate/structure_test.cpp
nlohmann::ordered_json structure_record(const KnownGraph& truth, const LearnedGraph& fit,
                                        const Matrix<double>& correlation, std::uint64_t seed);

/// Adds structure_record to metrics.json's content, and its warnings to "warnings". `predictions`: the run's
/// predictions.h5ad, for the correlation of latents.
void add_structure(const KnownGraph& truth, const LearnedGraph& fit, const std::filesystem::path& predictions,
                   std::uint64_t seed, nlohmann::ordered_json& metrics);

/// The same as a table for the screen.
std::string structure_text(const nlohmann::ordered_json& structure);
/// structure.tsv: one row a threshold, its own first.
void write_structure_tsv(const std::filesystem::path& path, const nlohmann::ordered_json& structure);

}  // namespace gracevae::impl
