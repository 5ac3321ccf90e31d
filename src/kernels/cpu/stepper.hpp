#pragma once
/// @file Moves pieces of parameters along hand-written gradients.
#include "kernels/cpu/vector_loops.hpp"
#include "kernels/per_thread.hpp"
#include "kernels/trained.hpp"

namespace gracevae::impl::kernels {

/// Moves pieces of weights along their gradients, or leaves the gradients where they are wanted. For one thread, which
/// gives a buffer for the gradient of a piece.
template <class T>
class Stepper {
 public:
  Stepper(const AdamFactors<T>& factors, AlignedVector<T>& buffer) : factors_(factors), buffer_(buffer) {}

  /// Where the gradient of the n numbers from `offset` on is to be written, all of it, before `move`.
  T* gradient_of(const Trained<T>& trained, std::int64_t offset, std::int64_t n) {
    return trained.gradient ? trained.gradient + offset : fitted(buffer_, n);
  }
  /// Moves n numbers along what stands in the buffer from `first` on.
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
