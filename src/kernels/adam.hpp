#pragma once
/// @file One pass over a parameter: clamp the gradient, move the moments, move the weight.
#include <cstdint>

namespace gracevae::impl::kernels {

/// Adam (Kingma and Ba 2015) with the published settings.
struct AdamOptions {
  double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double clamp = 0.5;  ///< gradient entries are clamped to ±clamp first; 0 = no clamp
};

/// weight −= lr·m̂ / (√v̂ + ε) with m̂ = m/(1−β1^step), v̂ = v/(1−β2^step), step counted from 1. All arrays have n
/// entries; entries are independent, so results do not depend on the thread count. NaN gradients give NaN weights (the
/// trainer stops before that).
/// @paper GraCE-VAE (optimiser)
template <class T>
void adam_step(T* weight, const T* gradient, T* first_moment, T* second_moment, std::int64_t n, std::int64_t step,
               const AdamOptions& options);

}  // namespace gracevae::impl::kernels
