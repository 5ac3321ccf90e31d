#pragma once
/// @file What latents.json keeps of a trained model.
#include "run/learned_graph.hpp"
#include "train/diagnostics.hpp"
#include "train/start.hpp"

namespace gracevae::impl {

/// The latent target and shift of every label, the latent graph, the threshold from which an edge counts, and the
/// diagnostics, without LearnedGraph::weights. The threshold never looks at a truth: it is the one that the moment fit
/// chose by its information criterion, at least 0.1, or else the weight at which the median label's shift moves a child
/// by one standard deviation of the child's noise, between 0.05 and 1. Without diagnostics (a model without latents)
/// labels and graph are empty.
LearnedGraph learned_graph_of(const Model& model, const RunOptions& options, const RunData& data,
                              const std::optional<Diagnostics>& diagnostics, const StartRecord& start);

}  // namespace gracevae::impl
