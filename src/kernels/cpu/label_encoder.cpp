#include "kernels/label_encoder.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/activation.hpp"
#include "kernels/cpu/stepper.hpp"

namespace gracevae::kernels {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

template <class T>
T slope(T value) {
  return value > 0 ? T{1} : static_cast<T>(kLeakySlope);
}

}  // namespace

template <class T>
LabelEncoder<T>::LabelEncoder(const LabelShape& shape)
    : shape_(shape), hidden_(at(shape.hidden)), target_(at(shape.n_latents)), shift_(at(shape.n_latents)) {}

template <class T>
std::span<const T> LabelEncoder<T>::forward(std::int64_t label, double tau, const LabelWeights<T>& weights) {
  label_ = label;
  tau_ = static_cast<T>(tau);
  const std::int64_t width = shape_.hidden, d = shape_.n_latents;
  for (std::int64_t h = 0; h < width; ++h) {
    const T value = weights.first_weight.weight[h * shape_.n_labels + label] + weights.first_bias.weight[h];
    hidden_[at(h)] = value * slope(value);
  }
  for (std::int64_t j = 0; j < d; ++j) {
    const T* const row = weights.second_weight.weight + j * width;
    target_[at(j)] = tau_ * std::inner_product(hidden_.begin(), hidden_.end(), row, weights.second_bias.weight[j]);
  }
  const T largest = *std::max_element(target_.begin(), target_.end());
  T sum = 0;
  for (T& value : target_) sum += value = std::exp(value - largest);
  for (T& value : target_) value /= sum;
  const T strength = weights.strength.weight[label];
  for (std::int64_t j = 0; j < d; ++j) shift_[at(j)] = target_[at(j)] * strength;
  return shift_;
}

template <class T>
void LabelEncoder<T>::backward(std::span<const T> grad, const LabelWeights<T>& weights, std::int64_t step,
                               const AdamOptions& adam) {
  const std::int64_t width = shape_.hidden, d = shape_.n_latents;
  const T strength = weights.strength.weight[label_];
  const T along = std::inner_product(grad.begin(), grad.end(), target_.begin(), T{0});
  std::vector<T> of_logits(at(d)), of_hidden(at(width), T{0}), of_second(at(d * width));
  for (std::int64_t j = 0; j < d; ++j) {
    const T g = of_logits[at(j)] = tau_ * strength * target_[at(j)] * (grad[at(j)] - along);
    const T* const row = weights.second_weight.weight + j * width;
    for (std::int64_t h = 0; h < width; ++h) {
      of_second[at(j * width + h)] = g * hidden_[at(h)];
      of_hidden[at(h)] += g * row[h];
    }
  }
  std::vector<T> of_first(at(width * shape_.n_labels), T{0}), of_strength(at(shape_.n_labels), T{0});
  for (std::int64_t h = 0; h < width; ++h) {
    of_hidden[at(h)] *= slope(hidden_[at(h)]);
    of_first[at(h * shape_.n_labels + label_)] = of_hidden[at(h)];
  }
  of_strength[at(label_)] = along;
  const Stepper<T> stepper(adam, step);
  stepper.move(weights.first_weight, of_first);
  stepper.move(weights.first_bias, of_hidden);
  stepper.move(weights.second_weight, of_second);
  stepper.move(weights.second_bias, of_logits);
  stepper.move(weights.strength, of_strength);
}

template class LabelEncoder<float>;
template class LabelEncoder<double>;

}  // namespace gracevae::kernels
