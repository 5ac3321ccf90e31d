#pragma once
/// @file The fast training step: the two gene-wide layers slice by slice (kernels/sliced_layers.hpp), the latent layers
/// with analytic gradients (kernels/latent_layers.hpp), or by autograd for interventions that do more than shift and
/// mechanisms that are networks.
#include <memory>
#include <span>
#include <string>

#include "train/objective.hpp"
#include "train/optimiser.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {

/// A step's loss terms, unweighted but for the total.
struct LossValues {
  double total = 0, mmd = 0, mse = 0, kl = 0, sparsity = 0, smoothness = 0;
};

/// Why this run cannot have the sliced engine, as a half sentence ("model.abduction is given"); empty where it can.
std::string why_not_sliced(const RunOptions& options);

/// Same formulas, random numbers and order of weights as the autograd path, so that both agree up to rounding. Weights
/// and moments are updated in place, except those of the first layer, which is held transposed until store().
/// @test tests/unit/train/sliced_engine_test.cpp
class SlicedEngine {
 public:
  virtual ~SlicedEngine() = default;
  /// One step on a batch. `input` as control_features makes it of the control cells; `cells` are the observed ones.
  virtual LossValues step(const ModelInput& input, const BatchRows& batch, const Schedule& schedule) = 0;
  /// Gradients of all weights in the model's order, without moving any.
  virtual std::vector<Tensor> gradients(const ModelInput& input, const BatchRows& batch, const Schedule& schedule) = 0;
  /// Writes the first layer back to the model and the optimiser.
  virtual void store() = 0;
  /// Reads it from there.
  virtual void load() = 0;
};

/// For a run that why_not_sliced accepts. All arguments must outlive it.
std::unique_ptr<SlicedEngine> make_sliced_engine(const ModelOptions& options, const RunData& data, const Model& model,
                                                 const ObjectiveOptions& objective, Adam& adam);

}  // namespace gracevae::impl
