#include "kernels/latent_layers.hpp"

#include <cmath>
#include <numeric>
#include <utility>

#include "kernels/activation.hpp"
#include "kernels/cpu/block_product.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/stepper.hpp"
#include "kernels/cpu/transpose.hpp"
#include "kernels/cpu/vector_clones.hpp"
#include "kernels/cpu/vector_math.hpp"

namespace gracevae::impl::kernels {

namespace {

constexpr double kSoftplusLimit = 20;      // above it LibTorch's softplus is the identity
constexpr std::int64_t kCells = 16;        // that a thread takes at least
constexpr std::int64_t kOutputs = 8;       // of a layer, whose weights a thread moves at least …
constexpr std::int64_t kMostOutputs = 48;  // … and at most at a time

/// LeakyReLU(from + bias) of n numbers.
template <class T>
inline __attribute__((always_inline)) void bend_all(const T* from, const T* bias, std::int64_t n, T* to) {
  for (std::int64_t j = 0; j < n; ++j) {
    const T value = from[j] + bias[j];
    to[j] = value > 0 ? value : static_cast<T>(kLeakySlope) * value;
  }
}

/// to = grad times the slope of LeakyReLU, read off its values, whose signs are those of what it was taken of.
template <class T>
inline __attribute__((always_inline)) void slopes_all(const T* grad, const T* values, std::int64_t n, T* to) {
  for (std::int64_t j = 0; j < n; ++j) to[j] = grad[j] * (values[j] > 0 ? T{1} : static_cast<T>(kLeakySlope));
}

/// Σ |value|, in eight parts whatever the width of a vector is.
template <class T>
inline __attribute__((always_inline)) double magnitudes_all(const T* values, std::int64_t n) {
  constexpr std::int64_t kParts = 8;
  double parts[kParts]{}, sum = 0;
  std::int64_t j = 0;
  for (; j + kParts <= n; j += kParts)
    for (std::int64_t l = 0; l < kParts; ++l) parts[l] += static_cast<double>(std::abs(values[j + l]));
  for (; j < n; ++j) parts[0] += static_cast<double>(std::abs(values[j]));
  for (const double part : parts) sum += part;
  return sum;
}

/// One cell on its way through the latents' noise, [d] each.
template <class T>
struct CellNoise {
  const T *mean, *epsilon, *shift;
  T* slope;  // on entry what softplus reads
  T *root, *z, *shifted;
};

/// v = softplus, z = μ + √v·ε; of_kl = 1 + log v − μ² − v.
template <class T>
inline __attribute__((always_inline)) void noise_all(const CellNoise<T>& cell, std::int64_t d, T* of_kl) {
#pragma omp simd
  for (std::int64_t j = 0; j < d; ++j) {
    const T raw = cell.slope[j], mean = cell.mean[j], small = exp_of(raw > 0 ? -raw : raw);
    const bool is_linear = raw > static_cast<T>(kSoftplusLimit);
    const T bent = (raw > 0 ? raw : T{0}) + log1p_of(small), var = is_linear ? raw : bent;
    const T bent_slope = (raw > 0 ? T{1} : small) / (1 + small), root = std::sqrt(var),
            z = mean + root * cell.epsilon[j];
    cell.slope[j] = is_linear ? T{1} : bent_slope;
    cell.root[j] = root;
    cell.z[j] = z;
    cell.shifted[j] = z + cell.shift[j];
    of_kl[j] = 1 + log_of(var) - mean * mean - var;
  }
}

/// Gradients to what μ and softplus read, from those to z and z + shift; `of_kl` is the KL's weight of one cell.
template <class T>
inline __attribute__((always_inline)) void noise_gradients_all(const T* of_z, const T* of_shifted, const T* mean,
                                                               const T* root, const T* slope, const T* epsilon, T of_kl,
                                                               std::int64_t d, T* grad_mean, T* grad_raw) {
#pragma omp simd
  for (std::int64_t j = 0; j < d; ++j) {
    const T grad_z = of_z[j] + of_shifted[j];
    grad_mean[j] = grad_z + of_kl * mean[j];
    const T grad_var = grad_z * epsilon[j] / (2 * root[j]) + of_kl * (1 - 1 / (root[j] * root[j])) / 2;
    grad_raw[j] = grad_var * slope[j];
  }
}

/// gradient += factor·sign(weights)
template <class T>
inline __attribute__((always_inline)) void signs_all(const T* weights, T factor, std::int64_t n, T* gradient) {
  for (std::int64_t j = 0; j < n; ++j)
    gradient[j] += (weights[j] > 0 ? factor : T{0}) - (weights[j] < 0 ? factor : T{0});
}

/// sums += row
template <class T>
inline __attribute__((always_inline)) void add_all(const T* row, std::int64_t n, T* sums) {
  for (std::int64_t j = 0; j < n; ++j) sums[j] += row[j];
}

#define GRACEVAE_LOOPS_OF(T)                                                                                           \
  GRACEVAE_VECTOR_CLONES void bend(const T* from, const T* bias, std::int64_t n, T* to) {                              \
    bend_all(from, bias, n, to);                                                                                       \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void times_slope(const T* grad, const T* values, std::int64_t n, T* to) {                     \
    slopes_all(grad, values, n, to);                                                                                   \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES double sum_of_magnitudes(const T* values, std::int64_t n) {                                   \
    return magnitudes_all(values, n);                                                                                  \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void noise_of(const CellNoise<T>& cell, std::int64_t d, T* of_kl) {                           \
    noise_all(cell, d, of_kl);                                                                                         \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void noise_gradients(const T* of_z, const T* of_shifted, const T* mean, const T* root,        \
                                              const T* slope, const T* epsilon, T of_kl, std::int64_t d, T* grad_mean, \
                                              T* grad_raw) {                                                           \
    noise_gradients_all(of_z, of_shifted, mean, root, slope, epsilon, of_kl, d, grad_mean, grad_raw);                  \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void add_signs(const T* weights, T factor, std::int64_t n, T* gradient) {                     \
    signs_all(weights, factor, n, gradient);                                                                           \
  }                                                                                                                    \
  GRACEVAE_VECTOR_CLONES void add(const T* row, std::int64_t n, T* sums) { add_all(row, n, sums); }
GRACEVAE_LOOPS_OF(float)
GRACEVAE_LOOPS_OF(double)
#undef GRACEVAE_LOOPS_OF

template <class T>
Block<const T> block_of(MatrixView<const T> rows) {
  return {rows.data, rows.n_rows, rows.n_cols, rows.n_cols};
}

template <class T>
Block<T> writable(MatrixView<T> rows) {
  return {rows.data, rows.n_rows, rows.n_cols, rows.n_cols};
}

/// Sums of columns [first, end).
template <class T>
void column_sums(MatrixView<const T> rows, const Share& columns, T* sums) {
  std::fill_n(sums, columns.size(), T{0});
  for (std::int64_t i = 0; i < rows.n_rows; ++i) add(&rows(i, columns.first), columns.size(), sums);
}

template <class T>
void move_bias(Stepper<T>& stepper, const Trained<T>& bias, MatrixView<const T> grad) {
  const Share share(grad.n_cols, kOutputs);
  if (share.size() == 0) return;
  column_sums(grad, share, stepper.gradient_of(bias, share.first, share.size()));
  stepper.move(bias, share.first, share.size());
}

/// The calling thread's outputs of a linear layer whose outputs had this gradient [n, n_out] at these inputs [n, n_in].
template <class T>
void move_linear(Stepper<T>& stepper, const Trained<T>& weight, const Trained<T>& bias, MatrixView<const T> grad,
                 MatrixView<const T> inputs) {
  const Share share(grad.n_cols, kOutputs);
  const std::int64_t n_in = inputs.n_cols;
  for (std::int64_t first = share.first; first < share.end; first += kMostOutputs) {
    const std::int64_t count = std::min(kMostOutputs, share.end - first);
    block_product_transposed<T>({grad.data + first, grad.n_rows, count, grad.n_cols}, block_of(inputs),
                                {stepper.gradient_of(weight, first * n_in, count * n_in), count, n_in, n_in}, false);
    stepper.move(weight, first * n_in, count * n_in);
  }
  move_bias(stepper, bias, grad);
}

/// Calls `use(first, count)` for the calling thread's rows of the graph, few at a time and far apart: of the upper
/// triangle the first are the longest.
template <class Use>
void each_graph_row(std::int64_t d, const Use& use) {
  const std::int64_t count = omp_get_num_threads(),
                     size = std::clamp(d / (8 * count) / kOutputs * kOutputs, kOutputs, kMostOutputs);
  for (std::int64_t first = omp_get_thread_num() * size; first < d; first += count * size)
    use(first, std::min(size, d - first));
}

}  // namespace

// By columns, so that no factor has to be turned but the small one.
template <class T>
void LatentLayers<T>::linear(MatrixView<const T> rows, const T* weight, Work& work, MatrixView<T> out) {
  const std::int64_t n = rows.n_rows, n_in = rows.n_cols, n_out = out.n_cols;
  T *const columns = fitted(work.columns, n_in * n), *const result = fitted(work.result, n_out * n);
  transpose(rows, columns);
  block_product<T>({weight, n_out, n_in, n_in}, {columns, n_in, n, n}, {result, n_out, n, n}, false);
  transpose<T>({result, n_out, n}, out.data);
}

template <class T>
LatentTerms LatentLayers<T>::forward(MatrixView<const T> first, std::span<const T> epsilon, std::span<const T> shift,
                                     const LatentWeights<T>& weights) {
  const std::int64_t n = n_cells_ = first.n_rows, d = shape_.n_latents;
  hidden_.fit(n, shape_.width_in);
  for (auto* matrix : {&mean_, &root_, &slope_}) matrix->fit(n, d);
  noise_.fit(2 * n, d);
  if (shape_.has_graph) latents_.fit(2 * n, d);
  rows_.fit(2 * n, shape_.width_out);
  kl_.resize(static_cast<std::size_t>(n));
  sparsity_.assign(static_cast<std::size_t>(shape_.has_graph ? d : 0), 0);
  work_.open();
#pragma omp parallel
  {
    Work& work = work_.mine();
    if (const Share cells(n, kCells); cells.size() > 0) {
      for (std::int64_t i = cells.first; i < cells.end; ++i)
        bend(&first(i, 0), weights.first_bias.weight, shape_.width_in, hidden_.row(i));
      const MatrixView<const T> hidden = std::as_const(hidden_).rows(cells.first, cells.end);
      linear(hidden, weights.mean_weight.weight, work, mean_.rows(cells.first, cells.end));
      linear(hidden, weights.var_weight.weight, work, slope_.rows(cells.first, cells.end));
      T* const of_kl = fitted(work.of_kl, d);
      for (std::int64_t i = cells.first; i < cells.end; ++i) {
        add(weights.mean_bias.weight, d, mean_.row(i));
        add(weights.var_bias.weight, d, slope_.row(i));
        noise_of({mean_.row(i), epsilon.data() + i * d, shift.data(), slope_.row(i), root_.row(i), noise_.row(i),
                  noise_.row(n + i)},
                 d, of_kl);
        kl_[static_cast<std::size_t>(i)] = std::accumulate(of_kl, of_kl + d, 0.0);
      }
    }
#pragma omp barrier
    if (const Share rows(2 * n, kCells); rows.size() > 0) {
      if (shape_.has_graph) solve_scm<T>(scm_of(rows.first, rows.end, weights), latents_.rows(rows.first, rows.end));
      linear(latents().rows(rows.first, rows.end), weights.out_weight.weight, work, rows_.rows(rows.first, rows.end));
      for (std::int64_t i = rows.first; i < rows.end; ++i)
        bend(rows_.row(i), weights.out_bias.weight, shape_.width_out, rows_.row(i));
    }
    if (shape_.has_graph)
      each_graph_row(d, [&](std::int64_t from, std::int64_t count) {
        for (std::int64_t i = from; i < from + count; ++i)
          sparsity_[static_cast<std::size_t>(i)] = sum_of_magnitudes(weights.graph.weight + i * d + i + 1, d - i - 1);
      });
  }
  LatentTerms terms;
  for (const double of_cell : kl_) terms.kl -= 0.5 * of_cell / static_cast<double>(n);
  for (const double of_row : sparsity_) terms.sparsity += of_row;
  return terms;
}

template <class T>
void LatentLayers<T>::backward(MatrixView<const T> grad_rows, std::span<const T> epsilon, const LatentLoss& loss,
                               const LatentWeights<T>& weights, std::int64_t step, const AdamOptions& adam) {
  const std::int64_t n = n_cells_, d = shape_.n_latents, width = shape_.width_in, width_out = shape_.width_out;
  grad_out_.fit(2 * n, width_out);
  grad_latents_.fit(2 * n, d);
  if (shape_.has_graph) grad_noise_.fit(2 * n, d);
  grad_mean_.fit(n, d);
  grad_raw_.fit(n, d);
  grad_first_.fit(n, width);
  grad_shift_.resize(static_cast<std::size_t>(d));
  work_.open();
#pragma omp parallel
  {
    if (const Share rows(2 * n, kCells); rows.size() > 0) {
      times_slope(grad_rows.data + rows.first * width_out, rows_.row(rows.first), rows.size() * width_out,
                  grad_out_.row(rows.first));
      block_product<T>(block_of(std::as_const(grad_out_).rows(rows.first, rows.end)),
                       {weights.out_weight.weight, width_out, d, d}, writable(grad_latents_.rows(rows.first, rows.end)),
                       false);
      if (shape_.has_graph)
        solve_scm_backward<T>(scm_of(rows.first, rows.end, weights), std::as_const(latents_).rows(rows.first, rows.end),
                              std::as_const(grad_latents_).rows(rows.first, rows.end),
                              grad_noise_.rows(rows.first, rows.end), nullptr);
    }
#pragma omp barrier
    if (const Share cells(n, kCells); cells.size() > 0) {
      for (std::int64_t i = cells.first; i < cells.end; ++i)
        noise_gradients(grad_noise().row(i), grad_noise().row(n + i), mean_.row(i), root_.row(i), slope_.row(i),
                        epsilon.data() + i * d, static_cast<T>(loss.beta / static_cast<double>(n)), d,
                        grad_mean_.row(i), grad_raw_.row(i));
      const Block<T> hidden = writable(grad_first_.rows(cells.first, cells.end));
      block_product<T>(block_of(std::as_const(grad_mean_).rows(cells.first, cells.end)),
                       {weights.mean_weight.weight, d, width, width}, hidden, false);
      block_product<T>(block_of(std::as_const(grad_raw_).rows(cells.first, cells.end)),
                       {weights.var_weight.weight, d, width, width}, hidden, true);
      times_slope(hidden.data, hidden_.row(cells.first), cells.size() * width, hidden.data);
    }
#pragma omp barrier  // from here on weights move
    Stepper<T> stepper(adam, step, work_.mine().gradient);
    move_linear<T>(stepper, weights.out_weight, weights.out_bias, std::as_const(grad_out_).view(), latents().view());
    move_linear<T>(stepper, weights.mean_weight, weights.mean_bias, std::as_const(grad_mean_).view(),
                   std::as_const(hidden_).view());
    move_linear<T>(stepper, weights.var_weight, weights.var_bias, std::as_const(grad_raw_).view(),
                   std::as_const(hidden_).view());
    move_bias<T>(stepper, weights.first_bias, std::as_const(grad_first_).view());
    if (const Share latents(d, kOutputs); latents.size() > 0)
      column_sums<T>(grad_noise().rows(n, 2 * n), latents, grad_shift_.data() + latents.first);
    if (shape_.has_graph)
      each_graph_row(d, [&](std::int64_t from, std::int64_t count) {
        T* const gradient = stepper.gradient_of(weights.graph, from * d, count * d);
        scm_graph_gradient_rows<T>(scm_of(0, 2 * n, weights), std::as_const(latents_).view(), grad_noise().view(), from,
                                   count, gradient);
        for (std::int64_t i = from; i < from + count; ++i) {
          // On and below the diagonal all gradients are 0 and nothing moves.
          const std::int64_t at = (i - from) * d + i + 1, offset = i * d + i + 1, size = d - i - 1;
          add_signs(weights.graph.weight + offset, static_cast<T>(loss.lambda), size, gradient + at);
          stepper.move(weights.graph, offset, size, at);
        }
      });
  }
}

template class LatentLayers<float>;
template class LatentLayers<double>;

}  // namespace gracevae::impl::kernels
