#pragma once
/// @file How long a step of a run takes here, found by taking some.
#include "experiment/estimate.hpp"

namespace gracevae::impl {

/// Seconds of a training step of the sliced engine, with the threads that are set: the engine's own kernels at the
/// run's shape, on cells as sparse as the screen's and a graph with as many edges. Takes a tenth of a second or five
/// steps.
double time_sliced_step(const TrainingSize& size);

}  // namespace gracevae::impl
