#pragma once
/// @file The layers between the two wide ones, for the sliced engine: with analytic gradients
/// (kernels/latent_layers.hpp), or by autograd for interventions that do more than shift and mechanisms that are
/// networks.
#include <memory>
#include <vector>

#include "kernels/latent_layers.hpp"
#include "model/models/causal_vae.hpp"
#include "train/trained_weights.hpp"

namespace gracevae::impl {

template <class T>
class LatentCore {
 public:
  virtual ~LatentCore() = default;
  /// `first`: the first layer's output [B, H1], without its bias.
  virtual kernels::LatentTerms forward(MatrixView<const T> first, const ModelInput& input,
                                       const kernels::LatentLoss& loss) = 0;
  /// What the last layer reads: hidden units [2B, H] and latents [2B, d].
  virtual MatrixView<const T> rows() const = 0;
  virtual MatrixView<const T> latents() const = 0;
  /// Updates its weights from the gradients to both (grad_latents may be empty); returns the gradient to `first`, taken
  /// before that.
  virtual MatrixView<const T> backward(MatrixView<const T> grad_rows, MatrixView<const T> grad_latents,
                                       std::int64_t step) = 0;
};

/// Analytic where the intervention shifts latents and the mechanism is not a network. `own`: the weights outside the
/// wide layers and the graph encoder. `from_prior`: as ObjectiveOptions has it.
template <class T>
std::unique_ptr<LatentCore<T>> make_latent_core(const ModelOptions& options, const CausalVae& model, bool from_prior,
                                                const Weights<T>& weights, std::vector<std::size_t> own);

}  // namespace gracevae::impl
