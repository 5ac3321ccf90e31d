#pragma once
/// @file One step of Adam, for kernels that move pieces of parameters themselves.
#include "kernels/adam.hpp"

namespace gracevae::impl::kernels {

/// What all entries of a step share, in the number type of the weights. Steps are counted from 1.
template <class T>
struct AdamFactors {
  AdamFactors(const AdamOptions& options, std::int64_t step);
  T limit, beta1, beta2, epsilon, step_size, root_correction;
};

}  // namespace gracevae::impl::kernels
