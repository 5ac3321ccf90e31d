#include "kernels/adam.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gracevae::kernels {

template <class T>
void adam_step(T* weight, const T* gradient, T* first_moment, T* second_moment, std::int64_t n, std::int64_t step,
               const AdamOptions& options) {
  const auto limit = static_cast<T>(options.clamp > 0 ? options.clamp : std::numeric_limits<T>::infinity());
  const auto beta1 = static_cast<T>(options.beta1), beta2 = static_cast<T>(options.beta2),
             epsilon = static_cast<T>(options.epsilon);
  const auto t = static_cast<double>(step);
  const auto step_size = static_cast<T>(options.learning_rate / (1 - std::pow(options.beta1, t)));
  const auto root_correction = static_cast<T>(std::sqrt(1 - std::pow(options.beta2, t)));
#pragma omp parallel for simd schedule(static) if (n > 1 << 14)
  for (std::int64_t i = 0; i < n; ++i) {
    const T g = std::min(std::max(gradient[i], -limit), limit);
    const T m = first_moment[i] = beta1 * first_moment[i] + (1 - beta1) * g;
    const T v = second_moment[i] = beta2 * second_moment[i] + (1 - beta2) * g * g;
    weight[i] -= step_size * m / (std::sqrt(v) / root_correction + epsilon);
  }
}

template void adam_step(float*, const float*, float*, float*, std::int64_t, std::int64_t, const AdamOptions&);
template void adam_step(double*, const double*, double*, double*, std::int64_t, std::int64_t, const AdamOptions&);

}  // namespace gracevae::kernels
