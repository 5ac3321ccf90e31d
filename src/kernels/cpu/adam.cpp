#include "kernels/adam.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cpu/adam_update.hpp"
#include "kernels/cpu/vector_clones.hpp"

namespace gracevae::impl::kernels {

namespace {

constexpr std::int64_t kPiece = 1 << 13;

template <class T>
inline __attribute__((always_inline)) void update(T* weight, const T* gradient, T* first_moment, T* second_moment,
                                                  std::int64_t n, const AdamFactors<T>& f) {
  const T limit = f.limit, keep1 = f.beta1, take1 = 1 - f.beta1, keep2 = f.beta2, take2 = 1 - f.beta2,
          epsilon = f.epsilon, step_size = f.step_size, root_correction = f.root_correction;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    T g = gradient[i];  // comparisons, not std::min: those do not become vector operations
    g = g < -limit ? -limit : g;
    g = g > limit ? limit : g;
    const T m = keep1 * first_moment[i] + take1 * g, v = keep2 * second_moment[i] + take2 * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    weight[i] -= step_size * m / (std::sqrt(v) / root_correction + epsilon);
  }
}

}  // namespace

template <class T>
AdamFactors<T>::AdamFactors(const AdamOptions& options, std::int64_t step)
    : limit(static_cast<T>(options.clamp > 0 ? options.clamp : std::numeric_limits<T>::infinity())),
      beta1(static_cast<T>(options.beta1)), beta2(static_cast<T>(options.beta2)),
      epsilon(static_cast<T>(options.epsilon)) {
  const auto t = static_cast<double>(step);
  step_size = static_cast<T>(options.learning_rate / (1 - std::pow(options.beta1, t)));
  root_correction = static_cast<T>(std::sqrt(1 - std::pow(options.beta2, t)));
}
template struct AdamFactors<float>;
template struct AdamFactors<double>;

GRACEVAE_VECTOR_CLONES
void adam_update(float* weight, const float* gradient, float* first_moment, float* second_moment, std::int64_t n,
                 const AdamFactors<float>& factors) {
  update(weight, gradient, first_moment, second_moment, n, factors);
}

GRACEVAE_VECTOR_CLONES
void adam_update(double* weight, const double* gradient, double* first_moment, double* second_moment, std::int64_t n,
                 const AdamFactors<double>& factors) {
  update(weight, gradient, first_moment, second_moment, n, factors);
}

template <class T>
void adam_step(T* weight, const T* gradient, T* first_moment, T* second_moment, std::int64_t n, std::int64_t step,
               const AdamOptions& options) {
  const AdamFactors<T> factors(options, step);
  const std::int64_t n_pieces = (n + kPiece - 1) / kPiece;
#pragma omp parallel for schedule(static) if (n_pieces > 1)
  for (std::int64_t piece = 0; piece < n_pieces; ++piece) {
    const std::int64_t from = piece * kPiece, size = std::min(kPiece, n - from);
    adam_update(weight + from, gradient + from, first_moment + from, second_moment + from, size, factors);
  }
}

template void adam_step(float*, const float*, float*, float*, std::int64_t, std::int64_t, const AdamOptions&);
template void adam_step(double*, const double*, double*, double*, std::int64_t, std::int64_t, const AdamOptions&);

}  // namespace gracevae::impl::kernels
