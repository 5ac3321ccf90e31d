#pragma once
/// @file What becomes of the gradient of a weight that is held by hand.
#include <algorithm>
#include <vector>

#include "kernels/cpu/adam_update.hpp"
#include "kernels/trained.hpp"

namespace gracevae::kernels {

/// Moves weights along gradients, or writes those where they are wanted.
template <class T>
class Stepper {
 public:
  Stepper(const AdamOptions& options, std::int64_t step) : factors_(options, step) {}

  void move(const Trained<T>& trained, const std::vector<T>& gradient) const {
    if (trained.gradient)
      std::copy(gradient.begin(), gradient.end(), trained.gradient);
    else
      adam_update(trained.weight, gradient.data(), trained.first_moment, trained.second_moment, std::ssize(gradient),
                  factors_);
  }

 private:
  AdamFactors<T> factors_;
};

}  // namespace gracevae::kernels
