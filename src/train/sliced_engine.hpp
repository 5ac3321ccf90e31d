#pragma once
/// @file The fast way to make a step of training: the two layers as wide as the genes slice by slice
/// (kernels/sliced_layers.hpp), what is between them by hand too (kernels/latent_layers.hpp), or by autograd for
/// interventions that do more than shift and mechanisms that are networks.
#include <memory>
#include <span>
#include <string>

#include "train/objective.hpp"
#include "train/optimiser.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {

/// Values of a step's loss terms: total, mmd, mse, kl, sparsity, smoothness; unweighted but for the total.
struct LossValues {
  double total = 0, mmd = 0, mse = 0, kl = 0, sparsity = 0, smoothness = 0;
};

/// Why this run cannot have the sliced engine, as a half sentence ("--abduction is given"); empty where it can.
std::string why_not_sliced(const RunOptions& options);

/// Same formulas, same random numbers and same order of weights as the autograd path, so that both give the same up to
/// rounding. Weights of the wide layers and their moments move in place; those of the first layer, which are kept a row
/// a gene, come back with store().
/// @test tests/unit/train/sliced_engine_test.cpp
class SlicedEngine {
 public:
  virtual ~SlicedEngine() = default;
  /// One step on a batch. `input` as control_features makes it of the control cells; `cells` are the observed ones.
  virtual LossValues step(const ModelInput& input, const BatchRows& batch, const Schedule& schedule) = 0;
  /// Gradients of all weights in the model's order, without moving any.
  virtual std::vector<Tensor> gradients(const ModelInput& input, const BatchRows& batch, const Schedule& schedule) = 0;
  /// Brings the model's and the optimiser's tensors up to date.
  virtual void store() = 0;
  /// Takes them from there.
  virtual void load() = 0;
};

/// For a run that why_not_sliced has nothing against. Everything given must outlive it.
std::unique_ptr<SlicedEngine> make_sliced_engine(const ModelOptions& options, const RunData& data, const Model& model,
                                                 const ObjectiveOptions& objective, Adam& adam);

}  // namespace gracevae::impl
