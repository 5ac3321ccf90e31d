#include "kernels/adam.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cpu/vector_loops.hpp"

namespace gracevae::impl::kernels {

namespace {
constexpr std::int64_t kPiece = 1 << 13;
}

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

template <class T>
void adam_step(T* weight, const T* gradient, T* first_moment, T* second_moment, std::int64_t n, std::int64_t step,
               const AdamOptions& options) {
  const AdamFactors<T> factors(options, step);
  const VectorLoops<T>& loops = vector_loops<T>();
  const std::int64_t n_pieces = (n + kPiece - 1) / kPiece;
#pragma omp parallel for schedule(static) if (n_pieces > 1)
  for (std::int64_t piece = 0; piece < n_pieces; ++piece) {
    const std::int64_t from = piece * kPiece, size = std::min(kPiece, n - from);
    loops.adam(weight + from, gradient + from, first_moment + from, second_moment + from, size, factors);
  }
}

template void adam_step(float*, const float*, float*, float*, std::int64_t, std::int64_t, const AdamOptions&);
template void adam_step(double*, const double*, double*, double*, std::int64_t, std::int64_t, const AdamOptions&);

}  // namespace gracevae::impl::kernels
