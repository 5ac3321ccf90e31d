#pragma once
/// @file Adam over a model's weights.
#include <vector>

#include "causal/torch_compat.hpp"
#include "kernels/adam.hpp"
#include "model/parameters.hpp"

namespace gracevae::impl {

/// Holds the moments. kernels::adam_step on the CPU, the same formula by tensor operations elsewhere. LibTorch's
/// optimiser cannot clamp in the same pass, and the keys of its state changed type between 1.13 and 2.x.
/// @test tests/golden/golden_test.cpp
class Adam {
 public:
  Adam(const Parameters& parameters, const kernels::AdamOptions& options);

  /// One step; gradients in the parameters' order, undefined (taken as 0) where the loss does not depend on a weight.
  void step(const std::vector<Tensor>& gradients);
  /// The same in two parts, for callers that update some weights themselves: count_step, then move for each other
  /// weight.
  std::int64_t count_step() { return ++n_steps_; }
  void move(std::size_t i, const Tensor& gradient);

  /// The same in two parts that can be recorded: count a step and return the factors that depend on its number, on the
  /// host, [2]; then update all weights with those factors on the device.
  Tensor next_factors();
  void step_with(const std::vector<Tensor>& gradients, const Tensor& factors);

  const kernels::AdamOptions& options() const { return options_; }
  void set_learning_rate(double rate) { options_.learning_rate = rate; }
  std::int64_t n_steps() const { return n_steps_; }
  void set_n_steps(std::int64_t n) { n_steps_ = n; }
  std::vector<Tensor>& first_moments() { return first_moments_; }
  std::vector<Tensor>& second_moments() { return second_moments_; }

 private:
  std::vector<Tensor> weights_, first_moments_, second_moments_;
  kernels::AdamOptions options_;
  std::int64_t n_steps_ = 0;
};

}  // namespace gracevae::impl
