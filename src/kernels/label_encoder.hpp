#pragma once
/// @file The published intervention encoder on one label: forward, hand-written backward and Adam step.
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/adam_factors.hpp"
#include "kernels/per_thread.hpp"
#include "kernels/trained.hpp"

namespace gracevae::impl::kernels {

/// Weights in LibTorch's layout.
template <class T>
struct LabelWeights {
  Trained<T> first_weight, first_bias;    ///< [H, c], [H]
  Trained<T> second_weight, second_bias;  ///< [d, H], [d]
  Trained<T> strength;                    ///< [c]
};

struct LabelShape {
  std::int64_t n_labels = 0, hidden = 0, n_latents = 0;  ///< c, H, d
};

/// Runs with OpenMP's number of threads, which does not change the results.
template <class T>
class LabelEncoder {
 public:
  explicit LabelEncoder(const LabelShape& shape);

  /// softmax(τ·(W2·LeakyReLU(W1 onehot + b1) + b2))·strength for a label, [d].
  /// @paper GraCE-VAE (intervention encoder)
  /// @test tests/contract/training_step_test.cpp
  std::span<const T> forward(std::int64_t label, double tau, const LabelWeights<T>& weights);
  /// After forward: one Adam step of all weights, from the gradient of its result, [d].
  void backward(std::span<const T> grad, const LabelWeights<T>& weights, const AdamFactors<T>& adam);

 private:
  LabelShape shape_;
  PerThread<AlignedVector<T>> gradients_;
  std::int64_t label_ = 0;
  T tau_ = 1;
  std::vector<T> hidden_, target_, shift_;  // [H], [d] x 2
};

}  // namespace gracevae::impl::kernels
