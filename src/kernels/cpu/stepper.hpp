#pragma once
/// @file Adam steps of pieces of parameters.
#include "kernels/cpu/vector_loops.hpp"
#include "kernels/per_thread.hpp"
#include "kernels/trained.hpp"

namespace gracevae::impl::kernels {

/// Updates pieces of a parameter from their gradients, or writes the gradients to Trained::gradient. For one thread,
/// with its own buffer for the gradient of a piece.
template <class T>
class Stepper {
 public:
  Stepper(const AdamFactors<T>& factors, AlignedVector<T>& buffer) : factors_(factors), buffer_(buffer) {}

  /// Where the caller must write the gradient of the n numbers from `offset` on, before `move`.
  T* gradient_of(const Trained<T>& trained, std::int64_t offset, std::int64_t n) {
    return trained.gradient ? trained.gradient + offset : fitted(buffer_, n);
  }
  /// Updates n numbers from `offset` on; their gradients are in the buffer from `first` on.
  void move(const Trained<T>& trained, std::int64_t offset, std::int64_t n, std::int64_t first = 0) const {
    if (trained.gradient) return;
    vector_loops<T>().adam(trained.weight + offset, buffer_.data() + first, trained.first_moment + offset,
                           trained.second_moment + offset, n, factors_);
  }

 private:
  const AdamFactors<T>& factors_;
  AlignedVector<T>& buffer_;
};

}  // namespace gracevae::impl::kernels
