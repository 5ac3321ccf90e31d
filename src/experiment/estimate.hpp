#pragma once
/// @file What a training will cost on this machine, before it begins.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace gracevae {

/// What one run does; the sizes as in model/model_options.hpp.
struct TrainingSize {
  std::int64_t n_genes = 0, n_labels = 0, n_latents = 0, hidden = 128;
  std::int64_t batch_size = 32, steps_an_epoch = 0, epochs = 100;
  std::int64_t n_directed_edges = 0;  ///< of the context graph; 0 = no graph encoder
  std::int64_t n_nodes = 0;           ///< genes and pathways
  std::int64_t n_stored = 0;          ///< stored values of the screen
  std::int64_t n_cells = 0;
  std::int64_t bytes_a_number = 4;  ///< 8 for float64
};

/// How fast this machine is at the two things a step consists of.
struct MachineSpeed {
  double flops = 0;  ///< matrix products of a step's shape, floating-point operations a second
  double bytes = 0;  ///< streaming through weights, bytes a second
};

/// Measures for about a fifth of a second, with the threads that are set.
MachineSpeed measure_speed();

struct TrainingEstimate {
  double step_seconds = 0, seconds = 0;
  std::int64_t memory_bytes = 0;  ///< peak of the process
};

/// Time: matrix products of encoder, two decodings, their gradients and the MMD's Gram matrix over `flops`; Adam and
/// the passes over cells x genes tensors over `bytes`; neighbour means an edge and cell. Memory: the screen, the
/// weights with gradient and two moments, a step's tensors, and LibTorch itself. Within a factor of about two of what
/// training then takes: bench/step.cpp has the measured step.
TrainingEstimate estimate_training(const TrainingSize& size, const MachineSpeed& speed);

}  // namespace gracevae
