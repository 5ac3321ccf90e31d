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

}  // namespace

template <class T>
LabelEncoder<T>::LabelEncoder(const LabelShape& shape)
    : shape_(shape), hidden_(at(shape.hidden)), target_(at(shape.n_latents)), shift_(at(shape.n_latents)),
      of_logits_(at(shape.n_latents)), of_hidden_(at(shape.hidden)) {}

template <class T>
std::span<const T> LabelEncoder<T>::forward(std::int64_t label, double tau, const LabelWeights<T>& weights) {
  label_ = label;
  tau_ = static_cast<T>(tau);
  find_logits(weights);
  const T largest = *std::max_element(target_.begin(), target_.end());
  for (T& value : target_) value = exp_of(value - largest);
  const T sum = std::accumulate(target_.begin(), target_.end(), T{0}), strength = weights.strength.weight[label];
  for (std::int64_t j = 0; j < shape_.n_latents; ++j) {
    target_[at(j)] /= sum;
    shift_[at(j)] = target_[at(j)] * strength;
  }
  return shift_;
}

/// target_ = τ·logits.
template <class T>
void LabelEncoder<T>::find_logits(const LabelWeights<T>& weights) {
  const std::int64_t width = shape_.hidden, d = shape_.n_latents;
  if (weights.table.weight) {
    for (std::int64_t j = 0; j < d; ++j) target_[at(j)] = tau_ * weights.table.weight[label_ * d + j];
    return;
  }
  for (std::int64_t h = 0; h < width; ++h) {
    const T value = weights.first_weight.weight[h * shape_.n_labels + label_] + weights.first_bias.weight[h];
    hidden_[at(h)] = value * slope(value);
  }
  for (std::int64_t j = 0; j < d; ++j)
    target_[at(j)] = tau_ * (vector_loops<T>().dot(hidden_.data(), weights.second_weight.weight + j * width, width) +
                             weights.second_bias.weight[j]);
}

template <class T>
void LabelEncoder<T>::backward(std::span<const T> grad, const LabelWeights<T>& weights, const AdamFactors<T>& adam) {
  const std::int64_t width = shape_.hidden, d = shape_.n_latents, c = shape_.n_labels;
  const T strength = weights.strength.weight[label_], along = vector_loops<T>().dot(grad.data(), target_.data(), d);
  for (std::int64_t j = 0; j < d; ++j) of_logits_[at(j)] = tau_ * strength * target_[at(j)] * (grad[at(j)] - along);
  if (!weights.table.weight) {
    std::fill(of_hidden_.begin(), of_hidden_.end(), T{0});
    for (std::int64_t j = 0; j < d; ++j) {
      const T g = of_logits_[at(j)];
      const T* const row = weights.second_weight.weight + j * width;
      for (std::int64_t h = 0; h < width; ++h) of_hidden_[at(h)] += g * row[h];
    }
    for (std::int64_t h = 0; h < width; ++h) of_hidden_[at(h)] *= slope(hidden_[at(h)]);
  }

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
      gradient[label_] = along;
      stepper.move(weights.strength, 0, c);
    }
  }
}

template <class T>
void LabelEncoder<T>::move_table(Stepper<T>& stepper, const LabelWeights<T>& weights) const {
  const std::int64_t d = shape_.n_latents;
  const Share labels(shape_.n_labels);
  T* const gradient = stepper.gradient_of(weights.table, labels.first * d, labels.size() * d);
  std::fill_n(gradient, labels.size() * d, T{0});
  if (label_ >= labels.first && label_ < labels.end)
    std::copy(of_logits_.begin(), of_logits_.end(), gradient + (label_ - labels.first) * d);
  stepper.move(weights.table, labels.first * d, labels.size() * d);
}

template <class T>
void LabelEncoder<T>::move_network(Stepper<T>& stepper, const LabelWeights<T>& weights) const {
  const std::int64_t width = shape_.hidden, d = shape_.n_latents, c = shape_.n_labels;
  const Share rows(d), columns(width);
  T* gradient = stepper.gradient_of(weights.second_weight, rows.first * width, rows.size() * width);
  for (std::int64_t j = rows.first; j < rows.end; ++j)
    for (std::int64_t h = 0; h < width; ++h) *gradient++ = of_logits_[at(j)] * hidden_[at(h)];
  stepper.move(weights.second_weight, rows.first * width, rows.size() * width);
  gradient = stepper.gradient_of(weights.first_weight, columns.first * c, columns.size() * c);
  std::fill_n(gradient, columns.size() * c, T{0});
  for (std::int64_t h = columns.first; h < columns.end; ++h, gradient += c) gradient[label_] = of_hidden_[at(h)];
  stepper.move(weights.first_weight, columns.first * c, columns.size() * c);
#pragma omp single
  {
    std::copy(of_hidden_.begin(), of_hidden_.end(), stepper.gradient_of(weights.first_bias, 0, width));
    stepper.move(weights.first_bias, 0, width);
    std::copy(of_logits_.begin(), of_logits_.end(), stepper.gradient_of(weights.second_bias, 0, d));
    stepper.move(weights.second_bias, 0, d);
  }
}

template class LabelEncoder<float>;
template class LabelEncoder<double>;

}  // namespace gracevae::impl::kernels
