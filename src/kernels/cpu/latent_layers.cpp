#include "kernels/latent_layers.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/activation.hpp"
#include "kernels/cpu/block_product.hpp"
#include "kernels/cpu/stepper.hpp"
#include "kernels/cpu/transpose.hpp"

namespace gracevae::kernels {

namespace {

constexpr double kSoftplusLimit = 20;  // above it LibTorch's softplus is the identity

template <class T>
MatrixView<const T> seen(const Matrix<T>& matrix) {
  return matrix.view();
}

template <class T>
Block<const T> block_of(MatrixView<const T> rows) {
  return {rows.data, rows.n_rows, rows.n_cols, rows.n_cols};
}

/// rows·weightᵀ + bias, weight [n_out, n_in]; by columns, so that no factor has to be turned but the small one.
template <class T>
void linear(MatrixView<const T> rows, const T* weight, const T* bias, Matrix<T>& out) {
  const std::int64_t n = rows.n_rows, n_in = rows.n_cols, n_out = out.n_cols;
  const AlignedVector<T> columns = transposed(rows);
  AlignedVector<T> result(static_cast<std::size_t>(n_out * n));
  for (std::int64_t j = 0; j < n_out; ++j) std::fill_n(result.begin() + j * n, n, bias[j]);
  block_product<T>({weight, n_out, n_in, n_in}, {columns.data(), n_in, n, n}, {result.data(), n_out, n, n}, true);
  transpose(MatrixView<const T>{result.data(), n_out, n}, out.values);
}

template <class T>
void bend(std::vector<T>& values) {
  for (T& value : values) value = value > 0 ? value : static_cast<T>(kLeakySlope) * value;
}

/// Times the slope of LeakyReLU, read off its values, whose signs are those of what it was taken of.
template <class T>
void times_slope(std::vector<T>& grad, const std::vector<T>& values) {
  for (std::size_t i = 0; i < grad.size(); ++i) grad[i] *= values[i] > 0 ? T{1} : static_cast<T>(kLeakySlope);
}

template <class T>
struct LinearWeights {
  const Trained<T>&weight, &bias;
};

template <class T>
std::vector<T> column_sums(MatrixView<const T> rows) {
  std::vector<T> sums(static_cast<std::size_t>(rows.n_cols), T{0});
  for (std::int64_t i = 0; i < rows.n_rows; ++i)
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += rows.row(i)[j];
  return sums;
}

/// A linear layer whose outputs had this gradient [n, n_out] at these inputs [n, n_in].
template <class T>
void move_linear(const Stepper<T>& stepper, const LinearWeights<T>& layer, const Matrix<T>& grad,
                 MatrixView<const T> inputs) {
  std::vector<T> of_weight(static_cast<std::size_t>(grad.n_cols * inputs.n_cols));
  block_product_transposed<T>(block_of(seen(grad)), block_of(inputs),
                              {of_weight.data(), grad.n_cols, inputs.n_cols, inputs.n_cols}, false);
  stepper.move(layer.weight, of_weight);
  stepper.move(layer.bias, column_sums(seen(grad)));
}

}  // namespace

template <class T>
LatentTerms LatentLayers<T>::forward(MatrixView<const T> first, std::span<const T> epsilon, std::span<const T> shift,
                                     const LatentWeights<T>& weights) {
  const std::int64_t n = n_cells_ = first.n_rows, d = shape_.n_latents;
  hidden_ = Matrix<T>(n, shape_.width_in);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < shape_.width_in; ++j) hidden_(i, j) = first(i, j) + weights.first_bias.weight[j];
  bend(hidden_.values);
  mean_ = raw_var_ = var_ = Matrix<T>(n, d);
  linear<T>(seen(hidden_), weights.mean_weight.weight, weights.mean_bias.weight, mean_);
  linear<T>(seen(hidden_), weights.var_weight.weight, weights.var_bias.weight, raw_var_);

  LatentTerms terms;
  noise_ = latents_ = Matrix<T>(2 * n, d);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < d; ++j) {
      const T raw = raw_var_(i, j), mean = mean_(i, j);
      const T var = var_(i, j) = raw > static_cast<T>(kSoftplusLimit) ? raw : std::log1p(std::exp(raw));
      terms.kl -= 0.5 * static_cast<double>(1 + std::log(var) - mean * mean - var);
      const T z = mean + std::sqrt(var) * epsilon[static_cast<std::size_t>(i * d + j)];
      noise_(i, j) = z;
      noise_(n + i, j) = z + shift[static_cast<std::size_t>(j)];
    }
  terms.kl /= static_cast<double>(n);
  if (shape_.has_graph) {
    solve_scm<T>({.noise = seen(noise_), .graph = {weights.graph.weight, d, d}, .mechanism = shape_.mechanism},
                 latents_.view());
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = i + 1; j < d; ++j)
        terms.sparsity += static_cast<double>(std::abs(weights.graph.weight[i * d + j]));
  } else {
    latents_ = noise_;
  }
  rows_ = Matrix<T>(2 * n, shape_.width_out);
  linear<T>(seen(latents_), weights.out_weight.weight, weights.out_bias.weight, rows_);
  bend(rows_.values);
  return terms;
}

template <class T>
void LatentLayers<T>::backward(MatrixView<const T> grad_rows, std::span<const T> epsilon, const LatentLoss& loss,
                               const LatentWeights<T>& weights, std::int64_t step, const AdamOptions& adam) {
  const std::int64_t n = n_cells_, d = shape_.n_latents, width = shape_.width_in;
  const Stepper<T> stepper(adam, step);
  Matrix<T> grad_out(2 * n, shape_.width_out), grad_latents(2 * n, d), grad_noise(2 * n, d);
  std::copy_n(grad_rows.data, grad_out.values.size(), grad_out.values.begin());
  times_slope(grad_out.values, rows_.values);
  block_product<T>(block_of(seen(grad_out)), {weights.out_weight.weight, shape_.width_out, d, d},
                   {grad_latents.values.data(), 2 * n, d, d}, false);
  move_linear(stepper, {weights.out_weight, weights.out_bias}, grad_out, seen(latents_));

  if (shape_.has_graph) {
    Matrix<T> grad_graph(d, d);
    solve_scm_backward<T>({.noise = seen(noise_), .graph = {weights.graph.weight, d, d}, .mechanism = shape_.mechanism},
                          seen(latents_), seen(grad_latents), grad_noise.view(), grad_graph.view(), nullptr);
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = i + 1; j < d; ++j) {
        const T weight = weights.graph.weight[i * d + j];
        grad_graph(i, j) += static_cast<T>(loss.lambda) * static_cast<T>((weight > 0) - (weight < 0));
      }
    stepper.move(weights.graph, grad_graph.values);
  } else {
    grad_noise = grad_latents;
  }
  grad_shift_ = column_sums(half(grad_noise, true));

  Matrix<T> grad_mean(n, d), grad_raw(n, d), grad_hidden(n, width);
  const T of_kl = static_cast<T>(loss.beta / static_cast<double>(n));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < d; ++j) {
      const T grad_z = grad_noise(i, j) + grad_noise(n + i, j), var = var_(i, j), raw = raw_var_(i, j);
      grad_mean(i, j) = grad_z + of_kl * mean_(i, j);
      const T grad_var =
          grad_z * epsilon[static_cast<std::size_t>(i * d + j)] / (2 * std::sqrt(var)) + of_kl * (1 - 1 / var) / 2;
      grad_raw(i, j) = raw > static_cast<T>(kSoftplusLimit) ? grad_var : grad_var / (1 + std::exp(-raw));
    }
  const Block<T> hidden{grad_hidden.values.data(), n, width, width};
  block_product<T>(block_of(seen(grad_mean)), {weights.mean_weight.weight, d, width, width}, hidden, false);
  block_product<T>(block_of(seen(grad_raw)), {weights.var_weight.weight, d, width, width}, hidden, true);
  move_linear(stepper, {weights.mean_weight, weights.mean_bias}, grad_mean, seen(hidden_));
  move_linear(stepper, {weights.var_weight, weights.var_bias}, grad_raw, seen(hidden_));
  times_slope(grad_hidden.values, hidden_.values);
  stepper.move(weights.first_bias, column_sums(seen(grad_hidden)));
  grad_first_ = std::move(grad_hidden);
}

template class LatentLayers<float>;
template class LatentLayers<double>;

}  // namespace gracevae::kernels
