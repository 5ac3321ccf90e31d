#pragma once
/// @file The loops of vector_loops.hpp, instantiated in one file for each instruction set. They use no function of the
/// standard library, as in block_product_template.hpp.
#include "kernels/activation.hpp"
#include "kernels/cpu/vector_loops.hpp"
#include "kernels/cpu/vector_math.hpp"

namespace gracevae::impl::kernels {
namespace {

// Number of parts in which sums are kept, whatever the width of a vector.
constexpr std::int64_t kParts = 8, kPartsOfDot = 16;

inline float root_of(float value) { return __builtin_sqrtf(value); }
inline double root_of(double value) { return __builtin_sqrt(value); }
inline float magnitude_of(float value) { return __builtin_fabsf(value); }
inline double magnitude_of(double value) { return __builtin_fabs(value); }

inline double sum_of(const double (&parts)[kParts]) {
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

template <class T>
void adam(T* weight, const T* gradient, T* first_moment, T* second_moment, std::int64_t n, const AdamFactors<T>& f) {
  const T limit = f.limit, keep1 = f.beta1, take1 = 1 - f.beta1, keep2 = f.beta2, take2 = 1 - f.beta2,
          epsilon = f.epsilon, step_size = f.step_size, root_correction = f.root_correction;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    T g = gradient[i];
    g = g < -limit ? -limit : g;
    g = g > limit ? limit : g;
    const T m = keep1 * first_moment[i] + take1 * g, v = keep2 * second_moment[i] + take2 * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    weight[i] -= step_size * m / (root_of(v) / root_correction + epsilon);
  }
}

constexpr std::int64_t kPairs = 64;  // distances whose kernels are summed side by side

template <class T>
double kernel_sum(const T* distances, std::int64_t n, double largest_bandwidth, int n_kernels, double* slopes) {
  double sums[kParts]{}, terms[kPairs], values[kPairs], derivatives[kPairs];
  for (std::int64_t first = 0; first < n; first += kPairs) {
    const std::int64_t count = n - first < kPairs ? n - first : kPairs, end = (count + kParts - 1) / kParts * kParts;
    for (std::int64_t l = 0; l < count; ++l) terms[l] = static_cast<double>(distances[first + l]);
    for (std::int64_t l = count; l < end; ++l) terms[l] = 0;
    double inverse = 1 / largest_bandwidth;
    for (std::int64_t part = 0; part < end; part += kParts)
      for (std::int64_t l = part; l < part + kParts; ++l) {
        const double term = exp_of(-terms[l] * inverse);
        terms[l] = term;
        values[l] = term;
        derivatives[l] = -term * inverse;
      }
    for (int i = 1; i < n_kernels; ++i) {
      inverse *= 2;
      for (std::int64_t part = 0; part < end; part += kParts)
        for (std::int64_t l = part; l < part + kParts; ++l) {
          const double term = terms[l] * terms[l];
          terms[l] = term;
          values[l] += term;
          derivatives[l] -= term * inverse;
        }
    }
    for (std::int64_t l = 0; l < count; ++l) sums[l % kParts] += values[l];
    if (slopes)
      for (std::int64_t l = 0; l < count; ++l) slopes[first + l] = derivatives[l];
  }
  return sum_of(sums);
}

template <class T>
T dot(const T* a, const T* b, std::int64_t n) {
  T parts[kPartsOfDot]{}, sum = 0;
  std::int64_t i = 0;
  for (; i + kPartsOfDot <= n; i += kPartsOfDot)
    for (std::int64_t l = 0; l < kPartsOfDot; ++l) parts[l] += a[i + l] * b[i + l];
  for (; i < n; ++i) parts[0] += a[i] * b[i];
  for (const T part : parts) sum += part;
  return sum;
}

template <class T>
double dot_float64(const T* a, const T* b, std::int64_t n) {
  double parts[kParts]{};
  std::int64_t i = 0;
  for (; i + kParts <= n; i += kParts)
    for (std::int64_t l = 0; l < kParts; ++l) parts[l] += static_cast<double>(a[i + l]) * static_cast<double>(b[i + l]);
  for (; i < n; ++i) parts[0] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum_of(parts);
}

template <class T>
double sum_of_magnitudes(const T* values, std::int64_t n) {
  double parts[kParts]{};
  std::int64_t i = 0;
  for (; i + kParts <= n; i += kParts)
    for (std::int64_t l = 0; l < kParts; ++l) parts[l] += static_cast<double>(magnitude_of(values[i + l]));
  for (; i < n; ++i) parts[0] += static_cast<double>(magnitude_of(values[i]));
  return sum_of(parts);
}

template <class T>
void add(const T* row, std::int64_t n, T* sums) {
  for (std::int64_t i = 0; i < n; ++i) sums[i] += row[i];
}

template <class T>
void add_signs(const T* weights, T factor, std::int64_t n, T* gradient) {
  for (std::int64_t i = 0; i < n; ++i)
    gradient[i] += (weights[i] > 0 ? factor : T{0}) - (weights[i] < 0 ? factor : T{0});
}

template <class T>
void leaky(const T* from, const T* bias, std::int64_t n, T* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T value = from[i] + bias[i];
    out[i] = value > 0 ? value : static_cast<T>(kLeakySlope) * value;
  }
}

template <class T>
void times_leaky_slope(const T* grad, const T* values, std::int64_t n, T* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = grad[i] * (values[i] > 0 ? T{1} : static_cast<T>(kLeakySlope));
}

template <class T>
void leaky_rows(T* rows, const T* bias, std::int64_t n_rows, std::int64_t n, T slope) {
  for (std::int64_t r = 0; r < n_rows; ++r) {
    T* const row = rows + r * n;
    const T offset = bias[r];
    for (std::int64_t i = 0; i < n; ++i) {
      const T value = row[i] + offset;
      row[i] = value > 0 ? value : slope * value;
    }
  }
}

template <class T>
void combine(T a, const T* x, T b, const T* y, T c, std::int64_t n, T* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = a * x[i] + b * y[i] + c;
}

constexpr double kSoftplusLimit = 20;  // above it LibTorch's softplus is the identity

template <class T>
void noise(const CellNoise<T>& cell, std::int64_t d) {
#pragma omp simd
  for (std::int64_t j = 0; j < d; ++j) {
    const T raw = cell.slope[j], mean = cell.mean[j], small = exp_of(raw > 0 ? -raw : raw);
    const bool is_linear = raw > static_cast<T>(kSoftplusLimit);
    const T bent = (raw > 0 ? raw : T{0}) + log1p_of(small), var = is_linear ? raw : bent;
    const T bent_slope = (raw > 0 ? T{1} : small) / (1 + small), root = root_of(var), z = mean + root * cell.epsilon[j];
    cell.slope[j] = is_linear ? T{1} : bent_slope;
    cell.root[j] = root;
    cell.z[j] = z;
    cell.shifted[j] = z + cell.shift[j];
    cell.kl[j] = 1 + log_of(var) - mean * mean - var;
  }
}

template <class T>
void noise_gradient(const CellNoiseGradient<T>& cell, std::int64_t d) {
#pragma omp simd
  for (std::int64_t j = 0; j < d; ++j) {
    const T root = cell.root[j], grad_z = cell.of_z[j] + cell.of_shifted[j];
    cell.of_mean[j] = grad_z + cell.kl_weight[j] * cell.mean[j];
    const T grad_var = grad_z * cell.epsilon[j] / (2 * root) + cell.kl_weight[j] * (1 - 1 / (root * root)) / 2;
    cell.of_raw[j] = grad_var * cell.slope[j];
  }
}

/// base + D(u) − D(u0) of a cell in one gene, before it is cut: `decoded` [2n], `base` [n] if has_base. Both loops
/// below take it from here, so that they round alike.
template <bool has_base, bool less_reconstruction, class T>
T counterfactual(const T* decoded, const T* base, std::int64_t n, std::int64_t i) {
  T value = decoded[n + i];
  if constexpr (has_base) value += base[i];
  if constexpr (less_reconstruction) value -= decoded[i];
  return value;
}

template <bool has_base, bool less_reconstructions, class T>
void counterfactual_rows(const Counterfactuals<T>& rows, std::int64_t n_genes, std::int64_t n, T* out) {
  const T *decoded = rows.decoded, *base = rows.base;
  for (std::int64_t g = 0; g < n_genes; ++g, out += n, decoded += 2 * n) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = counterfactual<has_base, less_reconstructions>(decoded, base, n, i);
    if (rows.nonnegative)
      for (std::int64_t i = 0; i < n; ++i) out[i] = out[i] < 0 ? T{0} : out[i];  // keeps NaN
    if constexpr (has_base) base += n;
  }
}

template <class T>
void counterfactuals(const Counterfactuals<T>& rows, std::int64_t n_genes, std::int64_t n, T* out) {
  if (rows.base)
    (rows.less_reconstructions ? counterfactual_rows<true, true, T>
                               : counterfactual_rows<true, false, T>)(rows, n_genes, n, out);
  else
    (rows.less_reconstructions ? counterfactual_rows<false, true, T>
                               : counterfactual_rows<false, false, T>)(rows, n_genes, n, out);
}

/// DecoderGradient::grad of one gene, and what it gives along `base`. Reads no member of `rows` in its loops, which
/// might be what it writes.
template <bool has_base, bool less_reconstruction, class T>
void output_gradient(const DecoderGradient<T>& rows, const T* decoded, const T* x, const T* base, T scale, T* grad,
                     T* along_base) {
  const std::int64_t n = rows.n;
  const T slope = rows.slope;
  if (rows.counterfactuals.nonnegative)
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i)
      grad[n + i] = counterfactual<has_base, less_reconstruction>(decoded, base, n, i) < 0 ? T{0} : grad[n + i];
  if (along_base) *along_base = dot(base, grad + n, n);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    T value = scale * (decoded[i] - x[i]);
    if constexpr (less_reconstruction) value -= grad[n + i];
    grad[i] = value;
  }
  if (slope == 1) return;
#pragma omp simd
  for (std::int64_t i = 0; i < 2 * n; ++i) grad[i] *= decoded[i] > 0 ? T{1} : slope;
}

/// Σ (reconstruction − x)² of one gene, added to `errors`.
template <class T>
void add_squares(const T* decoded, const T* x, std::int64_t n, double (&errors)[kParts]) {
  std::int64_t i = 0;
  for (; i + kParts <= n; i += kParts)
    for (std::int64_t l = 0; l < kParts; ++l) {
      const double gap = static_cast<double>(decoded[i + l]) - static_cast<double>(x[i + l]);
      errors[l] += gap * gap;
    }
  for (; i < n; ++i) {
    const double gap = static_cast<double>(decoded[i]) - static_cast<double>(x[i]);
    errors[0] += gap * gap;
  }
}

template <class T>
T sum_in_parts(const T* values, std::int64_t n) {
  T parts[kParts]{}, sum = 0;
  std::int64_t i = 0;
  for (; i + kParts <= n; i += kParts)
    for (std::int64_t l = 0; l < kParts; ++l) parts[l] += values[i + l];
  for (; i < n; ++i) parts[0] += values[i];
  for (const T part : parts) sum += part;
  return sum;
}

template <bool has_base, bool less_reconstructions, class T>
double decoder_gradient_rows(const DecoderGradient<T>& rows) {
  const std::int64_t n = rows.n;
  const T *decoded = rows.decoded, *x = rows.x, *base = rows.counterfactuals.base;
  T* grad = rows.grad;
  double errors[kParts]{};
  for (std::int64_t g = 0; g < rows.n_genes; ++g, decoded += 2 * n, x += n, grad += 2 * n) {
    add_squares(decoded, x, n, errors);
    output_gradient<has_base, less_reconstructions>(rows, decoded, x, base, rows.scale[g], grad,
                                                    rows.along_base ? rows.along_base + g : nullptr);
    rows.bias[g] = sum_in_parts(grad, 2 * n);
    if constexpr (has_base) base += n;
  }
  return sum_of(errors);
}

template <class T>
double decoder_gradient(const DecoderGradient<T>& rows) {
  const Counterfactuals<T>& made = rows.counterfactuals;
  if (made.base)
    return made.less_reconstructions ? decoder_gradient_rows<true, true>(rows)
                                     : decoder_gradient_rows<true, false>(rows);
  return made.less_reconstructions ? decoder_gradient_rows<false, true>(rows)
                                   : decoder_gradient_rows<false, false>(rows);
}

template <class T>
void squared_gaps(const T* decoded, const T* x, std::int64_t n_genes, std::int64_t n, double* sums) {
  for (std::int64_t g = 0; g < n_genes; ++g, decoded += 2 * n, x += n) {
    double parts[kParts]{};
    add_squares(decoded, x, n, parts);
    sums[g] = sum_of(parts);
  }
}

template <class T>
constexpr VectorLoops<T> table() {
  return {.adam = &adam<T>,
          .kernel_sum = &kernel_sum<T>,
          .dot = &dot<T>,
          .dot_float64 = &dot_float64<T>,
          .sum_of_magnitudes = &sum_of_magnitudes<T>,
          .add = &add<T>,
          .add_signs = &add_signs<T>,
          .leaky = &leaky<T>,
          .times_leaky_slope = &times_leaky_slope<T>,
          .leaky_rows = &leaky_rows<T>,
          .combine = &combine<T>,
          .noise = &noise<T>,
          .noise_gradient = &noise_gradient<T>,
          .counterfactuals = &counterfactuals<T>,
          .decoder_gradient = &decoder_gradient<T>,
          .squared_gaps = &squared_gaps<T>};
}

}  // namespace
}  // namespace gracevae::impl::kernels
