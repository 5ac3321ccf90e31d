#pragma once
/// @file The published intervention encoder, or a table, on some labels: forward, hand-written backward and Adam step.
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/adam_factors.hpp"
#include "kernels/aligned_matrix.hpp"
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
  explicit LabelEncoder(const LabelShape& shape) : shape_(shape) {}

  /// softmax(τ·(W2·LeakyReLU(W1 onehot + b1) + b2))·strength for each of these labels, all different, [n, d], or
  /// softmax(τ·its row of the table)·strength.
  /// @paper GraCE-VAE (intervention encoder)
  /// @test tests/contract/training_step_test.cpp
  MatrixView<const T> forward(std::span<const std::int64_t> labels, double tau, const LabelWeights<T>& weights);
  /// After forward: one Adam step of all weights, from the gradient of its result, [n, d].
  void backward(MatrixView<const T> grad, const LabelWeights<T>& weights, const AdamFactors<T>& adam);

 private:
  void find_logits(std::int64_t i, const LabelWeights<T>& weights);
  void find_gradients(std::int64_t i, const T* grad, const LabelWeights<T>& weights);
  // The calling thread's part of a step.
  void move_network(Stepper<T>& stepper, const LabelWeights<T>& weights) const;
  void move_table(Stepper<T>& stepper, const LabelWeights<T>& weights) const;

  LabelShape shape_;
  PerThread<AlignedVector<T>> gradients_;
  std::vector<std::int64_t> labels_;
  T tau_ = 1;
  AlignedMatrix<T> hidden_, target_, shift_;  // [n, H], [n, d] x 2
  AlignedMatrix<T> of_logits_, of_hidden_;    // gradients
  std::vector<T> of_strength_;                // [n]
};

}  // namespace gracevae::impl::kernels
