#pragma once
/// @file What becomes of the gradient of a weight that is held by hand.
#include "base/aligned_vector.hpp"
#include "kernels/cpu/adam_update.hpp"
#include "kernels/trained.hpp"

namespace gracevae::kernels {

/// Moves pieces of weights along their gradients, or leaves those where they are wanted. For one thread.
template <class T>
class Stepper {
 public:
  Stepper(const AdamOptions& options, std::int64_t step) : factors_(options, step) {}

  /// Where the gradient of the n numbers from `offset` on is to be written, all of it, before `move`.
  T* gradient_of(const Trained<T>& trained, std::int64_t offset, std::int64_t n) {
    if (trained.gradient) return trained.gradient + offset;
    if (std::ssize(gradient_) < n) gradient_.resize(static_cast<std::size_t>(n));
    return gradient_.data();
  }
  void move(const Trained<T>& trained, std::int64_t offset, std::int64_t n) const {
    if (trained.gradient) return;
    adam_update(trained.weight + offset, gradient_.data(), trained.first_moment + offset,
                trained.second_moment + offset, n, factors_);
  }

 private:
  AdamFactors<T> factors_;
  AlignedVector<T> gradient_;
};

}  // namespace gracevae::kernels
