#pragma once
/// @file What becomes of the gradient of a weight that is held by hand.
#include "kernels/cpu/adam_update.hpp"
#include "kernels/per_thread.hpp"
#include "kernels/trained.hpp"

namespace gracevae::impl::kernels {

/// Moves pieces of weights along their gradients, or leaves those where they are wanted. For one thread, with its own
/// `room` for a piece's gradient.
template <class T>
class Stepper {
 public:
  Stepper(const AdamOptions& options, std::int64_t step, AlignedVector<T>& room)
      : factors_(options, step), gradient_(room) {}

  /// Where the gradient of the n numbers from `offset` on is to be written, all of it, before `move`.
  T* gradient_of(const Trained<T>& trained, std::int64_t offset, std::int64_t n) {
    return trained.gradient ? trained.gradient + offset : fitted(gradient_, n);
  }
  /// Of what stands in the room, the n numbers from `first` on.
  void move(const Trained<T>& trained, std::int64_t offset, std::int64_t n, std::int64_t first = 0) const {
    if (trained.gradient) return;
    adam_update(trained.weight + offset, gradient_.data() + first, trained.first_moment + offset,
                trained.second_moment + offset, n, factors_);
  }

 private:
  AdamFactors<T> factors_;
  AlignedVector<T>& gradient_;
};

}  // namespace gracevae::impl::kernels
