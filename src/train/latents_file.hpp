#pragma once
/// @file latents.json: a run's labels and latent graph, for readers without LibTorch.
#include <filesystem>

#include "train/diagnostics.hpp"
#include "train/start.hpp"

namespace gracevae::impl {

/// Writes the latent target and shift of every label, the latent graph, the threshold above which an edge counts, and
/// the diagnostics (docs/formats.md). The threshold uses no truth: it is the one that the moment fit chose by its
/// information criterion, at least 0.1, or else the weight at which the median label's shift moves a child by one
/// standard deviation of the child's noise, between 0.05 and 1. Without diagnostics (a model without latents) labels
/// and graph are empty.
void write_latents(const std::filesystem::path& file, const Model& model, const RunOptions& options,
                   const RunData& data, const std::optional<Diagnostics>& diagnostics, const StartRecord& start);

}  // namespace gracevae::impl
