#pragma once
/// @file What a run will cost on this machine, before it begins.
#include <cstdint>
#include <functional>
#include <vector>

#include "network/context_graph.hpp"
#include "network/target_graph.hpp"
#include "run/engine_choice.hpp"

namespace gracevae::impl {

/// A context graph as an encoder sees it; 0 = none.
struct GraphSize {
  std::int64_t n_nodes = 0, n_gg = 0, n_pg = 0, n_pp = 0;  ///< nodes, and edges of each kind
  std::int64_t n_sets = 0;                                 ///< pathways that are large enough for sena
};
GraphSize size_of(const ContextGraph& graph);

/// The graph that tri-value places targets in.
struct TargetGraphSize {
  std::int64_t n_nodes = 0, n_directed_edges = 0;
};
TargetGraphSize size_of(const TargetGraph& graph);

/// What one run does.
struct TrainingSize {
  ModelOptions model;
  Engine engine = Engine::autograd;
  std::int64_t n_fitted = 0;  ///< labels in the fit of the latent graph at the start; 0 = there is none
  std::int64_t n_genes = 0, n_labels = 0, n_latents = 0;
  std::int64_t batch_size = 32, steps_an_epoch = 0, epochs = 100, validate_every = 5;
  bool scores_every_epoch = false;  ///< with early stopping, of which `epochs` are the most
  GraphSize graph;
  TargetGraphSize targets;
  std::int64_t n_cells = 0, n_stored = 0;        ///< of the screen: cells, stored values
  std::int64_t n_control = 0, n_validation = 0;  ///< cells that validation and diagnostics go through
  std::vector<std::int64_t> test_cells;          ///< of every condition that is predicted and scored
};

/// How fast this machine is at what a run consists of, each a second.
struct MachineSpeed {
  /// Seconds of a step of the sliced engine, which is timed at the run's shape; unset: it is counted like autograd's.
  std::function<double(const TrainingSize& size)> sliced_step{};
  double flops = 0;    ///< floating-point operations of matrix products of a step's shape
  double bytes = 0;    ///< streaming through arrays
  double gathers = 0;  ///< neighbours' values summed along edges
  double serial = 0;   ///< the same by one thread: what calls, allocations and branches go with
};

/// Measures for less than half a second, with the threads that are set; sliced_step, once for each shape, a tenth of
/// one.
MachineSpeed measure_speed();

struct TrainingEstimate {
  double step_seconds = 0;
  double seconds = 0;             ///< of `train`: start, steps, validation and diagnostics
  double scoring_seconds = 0;     ///< of `evaluate`: start, prediction and scores
  std::int64_t memory_bytes = 0;  ///< peak of the two processes

  double total_seconds() const { return seconds + scoring_seconds; }
};

/// Counts products, bytes, gathers along edges and calls of LibTorch of a pass forward and back, for every model and
/// encoder, and divides by the speeds; constants are fitted to steps that were measured. Without a start from the
/// moments and on the CPU only. Meant to be right to a factor of two.
TrainingEstimate estimate_training(const TrainingSize& size, const MachineSpeed& speed);

}  // namespace gracevae::impl
