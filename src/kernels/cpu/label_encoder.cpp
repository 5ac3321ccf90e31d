#include "kernels/label_encoder.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/activation.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/stepper.hpp"
#include "kernels/cpu/vector_loops.hpp"
#include "kernels/cpu/vector_math.hpp"

namespace gracevae::impl::kernels {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

template <class T>
T slope(T value) {
  return value > 0 ? T{1} : static_cast<T>(kLeakySlope);
}

template <class T>
void sum_rows(const AlignedMatrix<T>& rows, std::int64_t width, T* sums) {
  std::copy_n(rows.row(0), width, sums);
  for (std::int64_t i = 1; i < rows.view().n_rows; ++i)
    for (std::int64_t j = 0; j < width; ++j) sums[j] += rows.row(i)[j];
}

}  // namespace

template <class T>
MatrixView<const T> LabelEncoder<T>::forward(std::span<const std::int64_t> labels, double tau,
                                             const LabelWeights<T>& weights) {
  const std::int64_t n = std::ssize(labels), d = shape_.n_latents;
  labels_.assign(labels.begin(), labels.end());
  tau_ = static_cast<T>(tau);
  hidden_.fit(n, shape_.hidden);
  target_.fit(n, d);
  shift_.fit(n, d);
  for (std::int64_t i = 0; i < n; ++i) {
    find_logits(i, weights);
    T *const target = target_.row(i), *const shift = shift_.row(i);
    const T largest = *std::max_element(target, target + d);
    for (std::int64_t j = 0; j < d; ++j) target[j] = exp_of(target[j] - largest);
    const T sum = std::accumulate(target, target + d, T{0}), strength = weights.strength.weight[labels_[at(i)]];
    for (std::int64_t j = 0; j < d; ++j) {
      target[j] /= sum;
      shift[j] = target[j] * strength;
    }
  }
  return std::as_const(shift_).view();
}

/// target_ = τ·logits.
template <class T>
void LabelEncoder<T>::find_logits(std::int64_t i, const LabelWeights<T>& weights) {
  const std::int64_t width = shape_.hidden, d = shape_.n_latents, label = labels_[at(i)];
  T* const target = target_.row(i);
  if (weights.table.weight) {
    for (std::int64_t j = 0; j < d; ++j) target[j] = tau_ * weights.table.weight[label * d + j];
    return;
  }
  T* const hidden = hidden_.row(i);
  for (std::int64_t h = 0; h < width; ++h) {
    const T value = weights.first_weight.weight[h * shape_.n_labels + label] + weights.first_bias.weight[h];
    hidden[h] = value * slope(value);
  }
  for (std::int64_t j = 0; j < d; ++j)
    target[j] = tau_ * (vector_loops<T>().dot(hidden, weights.second_weight.weight + j * width, width) +
                        weights.second_bias.weight[j]);
}

/// Gradients to the logits, the hidden units and the strength of a label.
template <class T>
void LabelEncoder<T>::find_gradients(std::int64_t i, const T* grad, const LabelWeights<T>& weights) {
  const std::int64_t width = shape_.hidden, d = shape_.n_latents;
  const T *const target = target_.row(i), *const hidden = hidden_.row(i);
  const T strength = weights.strength.weight[labels_[at(i)]], along = vector_loops<T>().dot(grad, target, d);
  T* const of_logits = of_logits_.row(i);
  of_strength_[at(i)] = along;
  for (std::int64_t j = 0; j < d; ++j) of_logits[j] = tau_ * strength * target[j] * (grad[j] - along);
  if (weights.table.weight) return;
  T* const of_hidden = of_hidden_.row(i);
  std::fill_n(of_hidden, width, T{0});
  for (std::int64_t j = 0; j < d; ++j) {
    const T g = of_logits[j];
    const T* const row = weights.second_weight.weight + j * width;
    for (std::int64_t h = 0; h < width; ++h) of_hidden[h] += g * row[h];
  }
  for (std::int64_t h = 0; h < width; ++h) of_hidden[h] *= slope(hidden[h]);
}

template <class T>
void LabelEncoder<T>::backward(MatrixView<const T> grad, const LabelWeights<T>& weights, const AdamFactors<T>& adam) {
  const std::int64_t n = std::ssize(labels_), c = shape_.n_labels;
  of_logits_.fit(n, shape_.n_latents);
  of_hidden_.fit(n, shape_.hidden);
  of_strength_.resize(at(n));
  for (std::int64_t i = 0; i < n; ++i) find_gradients(i, &grad(i, 0), weights);

  gradients_.open();
#pragma omp parallel
  {
    Stepper<T> stepper(adam, gradients_.mine());
    if (weights.table.weight)
      move_table(stepper, weights);
    else
      move_network(stepper, weights);
#pragma omp single
    {
      T* const gradient = stepper.gradient_of(weights.strength, 0, c);
      std::fill_n(gradient, c, T{0});
      for (std::int64_t i = 0; i < n; ++i) gradient[labels_[at(i)]] = of_strength_[at(i)];
      stepper.move(weights.strength, 0, c);
    }
  }
}

template <class T>
void LabelEncoder<T>::move_table(Stepper<T>& stepper, const LabelWeights<T>& weights) const {
  const std::int64_t d = shape_.n_latents;
  const Share rows(shape_.n_labels);
  T* const gradient = stepper.gradient_of(weights.table, rows.first * d, rows.size() * d);
  std::fill_n(gradient, rows.size() * d, T{0});
  for (std::int64_t i = 0; i < std::ssize(labels_); ++i)
    if (const std::int64_t label = labels_[at(i)]; label >= rows.first && label < rows.end)
      std::copy_n(of_logits_.row(i), d, gradient + (label - rows.first) * d);
  stepper.move(weights.table, rows.first * d, rows.size() * d);
}

template <class T>
void LabelEncoder<T>::move_network(Stepper<T>& stepper, const LabelWeights<T>& weights) const {
  const std::int64_t width = shape_.hidden, d = shape_.n_latents, c = shape_.n_labels, n = std::ssize(labels_);
  const Share rows(d), columns(width);
  T* gradient = stepper.gradient_of(weights.second_weight, rows.first * width, rows.size() * width);
  for (std::int64_t j = rows.first; j < rows.end; ++j, gradient += width)
    for (std::int64_t i = 0; i < n; ++i) {
      const T g = of_logits_.row(i)[j];
      const T* const hidden = hidden_.row(i);
      for (std::int64_t h = 0; h < width; ++h) gradient[h] = i == 0 ? g * hidden[h] : gradient[h] + g * hidden[h];
    }
  stepper.move(weights.second_weight, rows.first * width, rows.size() * width);
  gradient = stepper.gradient_of(weights.first_weight, columns.first * c, columns.size() * c);
  std::fill_n(gradient, columns.size() * c, T{0});
  for (std::int64_t h = columns.first; h < columns.end; ++h, gradient += c)
    for (std::int64_t i = 0; i < n; ++i) gradient[labels_[at(i)]] = of_hidden_.row(i)[h];
  stepper.move(weights.first_weight, columns.first * c, columns.size() * c);
#pragma omp single
  {
    sum_rows(of_hidden_, width, stepper.gradient_of(weights.first_bias, 0, width));
    stepper.move(weights.first_bias, 0, width);
    sum_rows(of_logits_, d, stepper.gradient_of(weights.second_bias, 0, d));
    stepper.move(weights.second_bias, 0, d);
  }
}

template class LabelEncoder<float>;
template class LabelEncoder<double>;

}  // namespace gracevae::impl::kernels
