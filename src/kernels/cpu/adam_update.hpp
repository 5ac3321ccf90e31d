#pragma once
/// @file One step of Adam on numbers that lie together, for whoever holds a slice of a parameter.
#include <cstdint>

#include "kernels/adam.hpp"

namespace gracevae::impl::kernels {

/// What all entries of a step share.
template <class T>
struct AdamFactors {
  AdamFactors(const AdamOptions& options, std::int64_t step);
  T limit, beta1, beta2, epsilon, step_size, root_correction;
};

/// As adam_step, in the calling thread. Uses the widest vectors of the processor; the results do not depend on them.
void adam_update(float* weight, const float* gradient, float* first_moment, float* second_moment, std::int64_t n,
                 const AdamFactors<float>& factors);
void adam_update(double* weight, const double* gradient, double* first_moment, double* second_moment, std::int64_t n,
                 const AdamFactors<double>& factors);

}  // namespace gracevae::impl::kernels
