#pragma once
/// @file Which engine takes a run's training steps.
#include <string>

#include "run/run_options.hpp"

namespace gracevae::impl {

/// sliced: analytic, on the CPU; device: autograd on a GPU, which runs behind; autograd: for all else.
enum class Engine { sliced, autograd, device };

/// Why this run cannot have the sliced engine, as a half sentence ("model.encoder is gat"); empty where it can.
std::string why_not_sliced(const RunOptions& options);

/// Whether the start fits a latent graph to the moments of the regimes.
bool fits_graph(const RunOptions& options);

/// The engine of a run whose model trains and whose options choose_engine accepts.
Engine engine_of(const RunOptions& options);

/// engine_of, after a check. @throws ConfigError if the sliced one is asked for, or needed by bf16, and
/// cannot be had.
Engine choose_engine(const RunOptions& options);

}  // namespace gracevae::impl
