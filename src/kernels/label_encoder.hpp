#pragma once
/// @file The published intervention encoder, or a table, on one label: forward, hand-written backward and Adam step.
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/adam_factors.hpp"
#include "kernels/per_thread.hpp"
#include "kernels/trained.hpp"

namespace gracevae::impl::kernels {

template <class T>
class Stepper;

/// Weights in LibTorch's layout: of the network or of the table.
template <class T>
struct LabelWeights {
  Trained<T> first_weight{}, first_bias{};    ///< [H, c], [H]
  Trained<T> second_weight{}, second_bias{};  ///< [d, H], [d]
  Trained<T> table{};                         ///< [c, d]
  Trained<T> strength;                        ///< [c]
};

struct LabelShape {
  std::int64_t n_labels = 0, hidden = 0, n_latents = 0;  ///< c, H, d
};

/// Runs with OpenMP's number of threads, which does not change the results.
template <class T>
class LabelEncoder {
 public:
  explicit LabelEncoder(const LabelShape& shape);

  /// softmax(τ·(W2·LeakyReLU(W1 onehot + b1) + b2))·strength for a label, [d], or softmax(τ·its row of the
  /// table)·strength.
  /// @paper GraCE-VAE (intervention encoder)
  /// @test tests/contract/training_step_test.cpp
  std::span<const T> forward(std::int64_t label, double tau, const LabelWeights<T>& weights);
  /// After forward: one Adam step of all weights, from the gradient of its result, [d].
  void backward(std::span<const T> grad, const LabelWeights<T>& weights, const AdamFactors<T>& adam);

 private:
  void find_logits(const LabelWeights<T>& weights);
  // The calling thread's part of a step.
  void move_network(Stepper<T>& stepper, const LabelWeights<T>& weights) const;
  void move_table(Stepper<T>& stepper, const LabelWeights<T>& weights) const;

  LabelShape shape_;
  PerThread<AlignedVector<T>> gradients_;
  std::int64_t label_ = 0;
  T tau_ = 1;
  std::vector<T> hidden_, target_, shift_;  // [H], [d] x 2
  std::vector<T> of_logits_, of_hidden_;    // gradients
};

}  // namespace gracevae::impl::kernels
