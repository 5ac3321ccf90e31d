#include "kernels/latent_layers.hpp"

#include <numeric>
#include <utility>

#include "kernels/cpu/block_product.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/stepper.hpp"
#include "kernels/cpu/transpose.hpp"
#include "kernels/cpu/vector_loops.hpp"

namespace gracevae::impl::kernels {

namespace {

constexpr std::int64_t kCells = 16;        // least per thread
constexpr std::int64_t kOutputs = 8;       // of a layer: least per thread …
constexpr std::int64_t kMostOutputs = 48;  // … and most at a time

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
  const VectorLoops<T>& loops = vector_loops<T>();
  for (std::int64_t i = 0; i < rows.n_rows; ++i) loops.add(&rows(i, columns.first), columns.size(), sums);
}

template <class T>
void move_bias(Stepper<T>& stepper, const Trained<T>& bias, MatrixView<const T> grad) {
  const Share share(grad.n_cols, kOutputs);
  if (share.size() == 0) return;
  column_sums(grad, share, stepper.gradient_of(bias, share.first, share.size()));
  stepper.move(bias, share.first, share.size());
}

/// Updates the calling thread's outputs of a linear layer, from the gradient of its outputs [n, n_out] at these inputs
/// [n, n_in].
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

/// Calls `use(first, count)` for the calling thread's rows of the graph, a few at a time and spread out, because the
/// first rows of the upper triangle are the longest.
template <class Use>
void each_graph_row(std::int64_t d, const Use& use) {
  const std::int64_t count = omp_get_num_threads(),
                     size = std::clamp(d / (8 * count) / kOutputs * kOutputs, kOutputs, kMostOutputs);
  for (std::int64_t first = omp_get_thread_num() * size; first < d; first += count * size)
    use(first, std::min(size, d - first));
}

}  // namespace

// Transposed, so that only the small factor has to be.
template <class T>
void LatentLayers<T>::linear(MatrixView<const T> rows, const T* weight, Work& work, MatrixView<T> out) {
  const std::int64_t n = rows.n_rows, n_in = rows.n_cols, n_out = out.n_cols;
  T *const columns = fitted(work.columns, n_in * n), *const result = fitted(work.result, n_out * n);
  transpose(rows, columns);
  block_product<T>({weight, n_out, n_in, n_in}, {columns, n_in, n, n}, {result, n_out, n, n}, false);
  transpose<T>({result, n_out, n}, out.data);
}

template <class T>
LatentTerms LatentLayers<T>::forward(MatrixView<const T> first, std::span<const T> epsilon, MatrixView<const T> shift,
                                     const LatentLoss& loss, const LatentWeights<T>& weights) {
  const std::int64_t n = n_cells_ = first.n_rows, d = shape_.n_latents;
  n_shifts_ = shift.n_rows;
  hidden_.fit(n, shape_.width_in);
  for (auto* matrix : {&mean_, &root_, &slope_, &kl_}) matrix->fit(n, d);
  noise_.fit(2 * n, d);
  if (shape_.has_graph) latents_.fit(2 * n, d);
  rows_.fit(2 * n, shape_.width_out);
  sparsity_.assign(static_cast<std::size_t>(shape_.has_graph ? d : 0), 0);
  work_.open();
#pragma omp parallel
  {
    find_noise(first, epsilon, shift, weights);
#pragma omp barrier
    find_rows(weights);
    find_sparsity(weights);
  }
  return terms_of(loss);
}

template <class T>
LatentTerms LatentLayers<T>::terms_of(const LatentLoss& loss) {
  const std::int64_t n = n_cells_, d = shape_.n_latents;
  const auto n_cells = static_cast<double>(n);
  LatentTerms terms;
  for (const double of_row : sparsity_) terms.sparsity += of_row;
  for (std::int64_t i = 0; i < n; ++i) terms.kl -= 0.5 * std::accumulate(kl_.row(i), kl_.row(i) + d, 0.0) / n_cells;
  terms.bounded_kl = terms.kl;
  kl_weight_.assign(static_cast<std::size_t>(d), static_cast<T>(loss.beta / n_cells));
  if (loss.free_bits <= 0) return terms;
  terms.bounded_kl = 0;
  for (std::int64_t j = 0; j < d; ++j) {
    double of_latent = 0;
    for (std::int64_t i = 0; i < n; ++i) of_latent -= 0.5 * static_cast<double>(kl_.row(i)[j]) / n_cells;
    terms.bounded_kl += std::max(loss.free_bits, of_latent);
    if (of_latent < loss.free_bits) kl_weight_[static_cast<std::size_t>(j)] = 0;
  }
  return terms;
}

template <class T>
void LatentLayers<T>::find_noise(MatrixView<const T> first, std::span<const T> epsilon, MatrixView<const T> shift,
                                 const LatentWeights<T>& weights) {
  const std::int64_t n = n_cells_, d = shape_.n_latents;
  const Share cells(n, kCells);
  if (cells.size() == 0) return;
  const VectorLoops<T>& loops = vector_loops<T>();
  Work& work = work_.mine();
  for (std::int64_t i = cells.first; i < cells.end; ++i)
    loops.leaky(&first(i, 0), weights.first_bias.weight, shape_.width_in, hidden_.row(i));
  const MatrixView<const T> hidden = std::as_const(hidden_).rows(cells.first, cells.end);
  linear(hidden, weights.mean_weight.weight, work, mean_.rows(cells.first, cells.end));
  linear(hidden, weights.var_weight.weight, work, slope_.rows(cells.first, cells.end));
  for (std::int64_t i = cells.first; i < cells.end; ++i) {
    loops.add(weights.mean_bias.weight, d, mean_.row(i));
    loops.add(weights.var_bias.weight, d, slope_.row(i));
    const T* const own_shift = &shift(shift.n_rows > 1 ? i : 0, 0);
    loops.noise({.mean = mean_.row(i),
                 .epsilon = epsilon.data() + i * d,
                 .shift = own_shift,
                 .slope = slope_.row(i),
                 .root = root_.row(i),
                 .z = noise_.row(i),
                 .shifted = noise_.row(n + i),
                 .kl = kl_.row(i)},
                d);
    for (std::int64_t j = 0; shape_.from_prior && j < d; ++j)
      noise_.row(n + i)[j] = epsilon[static_cast<std::size_t>(i * d + j)] + own_shift[j];
  }
}

template <class T>
void LatentLayers<T>::find_rows(const LatentWeights<T>& weights) {
  const Share rows(2 * n_cells_, kCells);
  if (rows.size() == 0) return;
  if (shape_.has_graph) solve_scm<T>(scm_of(rows.first, rows.end, weights), latents_.rows(rows.first, rows.end));
  linear(std::as_const(shape_.has_graph ? latents_ : noise_).rows(rows.first, rows.end), weights.out_weight.weight,
         work_.mine(), rows_.rows(rows.first, rows.end));
  for (std::int64_t i = rows.first; i < rows.end; ++i)
    vector_loops<T>().leaky(rows_.row(i), weights.out_bias.weight, shape_.width_out, rows_.row(i));
}

template <class T>
void LatentLayers<T>::find_sparsity(const LatentWeights<T>& weights) {
  if (!shape_.has_graph) return;
  const std::int64_t d = shape_.n_latents;
  each_graph_row(d, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i)
      sparsity_[static_cast<std::size_t>(i)] =
          vector_loops<T>().sum_of_magnitudes(weights.graph.weight + i * d + i + 1, d - i - 1);
  });
}

template <class T>
void LatentLayers<T>::backward(MatrixView<const T> grad_rows, MatrixView<const T> grad_latents,
                               std::span<const T> epsilon, const LatentLoss& loss, const LatentWeights<T>& weights,
                               const AdamFactors<T>& adam) {
  const std::int64_t n = n_cells_, d = shape_.n_latents;
  grad_out_.fit(2 * n, shape_.width_out);
  grad_latents_.fit(2 * n, d);
  if (shape_.has_graph) grad_noise_.fit(2 * n, d);
  grad_mean_.fit(n, d);
  grad_raw_.fit(n, d);
  grad_first_.fit(n, shape_.width_in);
  grad_shift_.resize(static_cast<std::size_t>(d));
  no_gradient_.assign(static_cast<std::size_t>(d), T{0});
  work_.open();
#pragma omp parallel
  {
    find_noise_gradient(grad_rows, grad_latents, weights);
#pragma omp barrier
    find_first_gradient(epsilon, weights);
#pragma omp barrier  // weights are updated from here on
    Stepper<T> stepper(adam, work_.mine().gradient);
    const MatrixView<const T> hidden = std::as_const(hidden_).view();
    move_linear<T>(stepper, weights.out_weight, weights.out_bias, std::as_const(grad_out_).view(), latents());
    move_linear<T>(stepper, weights.mean_weight, weights.mean_bias, std::as_const(grad_mean_).view(), hidden);
    move_linear<T>(stepper, weights.var_weight, weights.var_bias, std::as_const(grad_raw_).view(), hidden);
    move_bias<T>(stepper, weights.first_bias, std::as_const(grad_first_).view());
    if (const Share latents(d, kOutputs); latents.size() > 0)
      column_sums<T>(grad_noise().rows(n, 2 * n), latents, grad_shift_.data() + latents.first);
    if (shape_.has_graph) move_graph(stepper, static_cast<T>(loss.lambda), weights);
  }
}

template <class T>
void LatentLayers<T>::find_noise_gradient(MatrixView<const T> grad_rows, MatrixView<const T> grad_latents,
                                          const LatentWeights<T>& weights) {
  const Share rows(2 * n_cells_, kCells);
  if (rows.size() == 0) return;
  const std::int64_t width = shape_.width_out, d = shape_.n_latents;
  vector_loops<T>().times_leaky_slope(&grad_rows(rows.first, 0), rows_.row(rows.first), rows.size() * width,
                                      grad_out_.row(rows.first));
  const bool adds = grad_latents.n_rows > 0;
  if (adds) std::copy_n(&grad_latents(rows.first, 0), rows.size() * d, grad_latents_.row(rows.first));
  block_product<T>(block_of(std::as_const(grad_out_).rows(rows.first, rows.end)),
                   {weights.out_weight.weight, width, d, d}, writable(grad_latents_.rows(rows.first, rows.end)), adds);
  if (shape_.has_graph)
    solve_scm_backward<T>(scm_of(rows.first, rows.end, weights), std::as_const(latents_).rows(rows.first, rows.end),
                          std::as_const(grad_latents_).rows(rows.first, rows.end),
                          grad_noise_.rows(rows.first, rows.end), nullptr);
}

template <class T>
void LatentLayers<T>::find_first_gradient(std::span<const T> epsilon, const LatentWeights<T>& weights) {
  const std::int64_t n = n_cells_, d = shape_.n_latents, width = shape_.width_in;
  const Share cells(n, kCells);
  if (cells.size() == 0) return;
  const VectorLoops<T>& loops = vector_loops<T>();
  for (std::int64_t i = cells.first; i < cells.end; ++i)
    loops.noise_gradient({.of_z = grad_noise().row(i),
                          .of_shifted = shape_.from_prior ? no_gradient_.data() : grad_noise().row(n + i),
                          .mean = mean_.row(i),
                          .root = root_.row(i),
                          .slope = slope_.row(i),
                          .epsilon = epsilon.data() + i * d,
                          .kl_weight = kl_weight_.data(),
                          .of_mean = grad_mean_.row(i),
                          .of_raw = grad_raw_.row(i)},
                         d);
  const Block<T> hidden = writable(grad_first_.rows(cells.first, cells.end));
  block_product<T>(block_of(std::as_const(grad_mean_).rows(cells.first, cells.end)),
                   {weights.mean_weight.weight, d, width, width}, hidden, false);
  block_product<T>(block_of(std::as_const(grad_raw_).rows(cells.first, cells.end)),
                   {weights.var_weight.weight, d, width, width}, hidden, true);
  loops.times_leaky_slope(hidden.data, hidden_.row(cells.first), cells.size() * width, hidden.data);
}

template <class T>
void LatentLayers<T>::move_graph(Stepper<T>& stepper, T lambda, const LatentWeights<T>& weights) {
  const std::int64_t d = shape_.n_latents;
  each_graph_row(d, [&](std::int64_t first, std::int64_t count) {
    T* const gradient = stepper.gradient_of(weights.graph, first * d, count * d);
    scm_graph_gradient_rows<T>(scm_of(0, 2 * n_cells_, weights), std::as_const(latents_).view(), grad_noise().view(),
                               first, count, gradient);
    for (std::int64_t i = first; i < first + count; ++i) {
      // On and below the diagonal all gradients are 0.
      const std::int64_t at = (i - first) * d + i + 1, offset = i * d + i + 1, size = d - i - 1;
      vector_loops<T>().add_signs(weights.graph.weight + offset, lambda, size, gradient + at);
      stepper.move(weights.graph, offset, size, at);
    }
  });
}

template class LatentLayers<float>;
template class LatentLayers<double>;

}  // namespace gracevae::impl::kernels
