#pragma once
/// @file A model's weights as the kernels that update them take them.
#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "kernels/trained.hpp"
#include "train/optimiser.hpp"

namespace gracevae::impl {

/// The numbers of a contiguous tensor; none of an undefined one.
template <class T>
std::span<const T> numbers_of(const Tensor& tensor) {
  if (!tensor.defined()) return {};
  return {tensor.data_ptr<T>(), static_cast<std::size_t>(tensor.numel())};
}

/// A model's weights with their moments. Gradients become a step of Adam or, while `kept` is set, are stored there.
template <class T>
class Weights {
 public:
  Weights(const Parameters& parameters, Adam& adam) : parameters_(parameters), adam_(adam) {}

  std::size_t count() const { return parameters_.all().size(); }
  const Tensor& value(std::size_t i) const { return parameters_.all()[i].value; }
  std::size_t index_of(const Tensor& weight) const {
    std::size_t i = 0;
    while (i < count() && value(i).data_ptr() != weight.data_ptr()) ++i;
    GRACEVAE_CHECK(i < count(), "a layer's weight is a parameter");
    return i;
  }

  /// For a kernel that updates the weight itself; empty for an undefined one.
  kernels::Trained<T> trained(const Tensor& weight) const {
    if (!weight.defined()) return {};
    const std::size_t i = index_of(weight);
    kernels::Trained<T> result{value(i).template data_ptr<T>(), adam_.first_moments()[i].template data_ptr<T>(),
                               adam_.second_moments()[i].template data_ptr<T>(), nullptr};
    if (kept) result.gradient = ((*kept)[i] = at::empty_like(value(i).detach())).template data_ptr<T>();
    return result;
  }
  void move(std::size_t i, const Tensor& gradient) const {
    if (kept)
      (*kept)[i] = gradient;
    else
      adam_.move(i, gradient);
  }
  /// The weights `which` by gradients from autograd.
  void move_all(const std::vector<std::size_t>& which, std::span<const Tensor> gradients) const {
    for (std::size_t k = 0; k < which.size(); ++k) move(which[k], gradients[k]);
  }
  const at::TensorOptions& options() const { return parameters_.options(); }
  std::int64_t next_step() const { return kept ? adam_.n_steps() + 1 : adam_.count_step(); }
  const kernels::AdamOptions& adam_options() const { return adam_.options(); }
  Tensor& first_moment(std::size_t i) const { return adam_.first_moments()[i]; }
  Tensor& second_moment(std::size_t i) const { return adam_.second_moments()[i]; }

  std::vector<Tensor>* kept = nullptr;

 private:
  const Parameters& parameters_;
  Adam& adam_;
};

/// A weight [a, b] that is held transposed with its moments, [b, a and zeros up to `width`], until store().
template <class T>
class TransposedWeight {
 public:
  TransposedWeight(const Weights<T>& weights, const Tensor& weight, std::int64_t width = 0) : weights_(weights) {
    if (!weight.defined()) return;
    index_ = weights.index_of(weight);
    width_ = std::max(width, weight.size(0));
  }
  /// Writes weight and moments back to the model and the optimiser.
  void store() {
    if (!index_) return;
    const at::NoGradGuard no_grad;
    weights_.value(*index_).detach().copy_(as_stored(value_));
    weights_.first_moment(*index_).copy_(as_stored(first_));
    weights_.second_moment(*index_).copy_(as_stored(second_));
  }
  /// Reads them from there.
  void load() {
    if (!index_) return;
    const at::NoGradGuard no_grad;
    value_ = as_held(weights_.value(*index_).detach());
    first_ = as_held(weights_.first_moment(*index_));
    second_ = as_held(weights_.second_moment(*index_));
  }
  /// Empty for an undefined weight. keep() must follow the step.
  kernels::Trained<T> trained() {
    if (!index_) return {};
    gradient_ = weights_.kept ? at::empty_like(value_) : Tensor();
    return {value_.template data_ptr<T>(), first_.template data_ptr<T>(), second_.template data_ptr<T>(),
            weights_.kept ? gradient_.template data_ptr<T>() : nullptr};
  }
  void keep() const {
    if (index_ && weights_.kept) (*weights_.kept)[*index_] = as_stored(gradient_);
  }

 private:
  Tensor as_held(const Tensor& stored) const {
    Tensor held = at::zeros({stored.size(1), width_}, stored.options().requires_grad(false));
    held.narrow(1, 0, stored.size(0)).copy_(stored.t());
    return held;
  }
  Tensor as_stored(const Tensor& held) const { return held.narrow(1, 0, weights_.value(*index_).size(0)).t(); }

  const Weights<T>& weights_;
  std::optional<std::size_t> index_;
  std::int64_t width_ = 0;
  Tensor value_, first_, second_, gradient_;
};

}  // namespace gracevae::impl
