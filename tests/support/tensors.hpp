#pragma once
// Small helpers of the tests that see LibTorch.
#include <gtest/gtest.h>

#include <ATen/ops/allclose.h>
#include <functional>

#include "base/random.hpp"
#include "causal/torch_compat.hpp"

namespace gracevae::impl {

/// Standard normal numbers of a named stream, float64.
inline Tensor random_tensor(std::vector<std::int64_t> shape, const std::string& name) {
  Tensor result = at::empty(shape, at::TensorOptions().dtype(at::kDouble));
  Random(11, name).fill_normal(std::span<double>(result.data_ptr<double>(), static_cast<std::size_t>(result.numel())));
  return result;
}

inline double entry(const Tensor& matrix, std::int64_t i, std::int64_t j) {
  return matrix.select(0, i).select(0, j).item<double>();
}

/// Compares autograd's gradients of a scalar function with central differences, entry by entry.
inline void check_gradients(const std::function<Tensor(const std::vector<Tensor>&)>& function,
                            std::vector<Tensor> inputs, double tolerance = 1e-6) {
  for (Tensor& input : inputs) input = input.detach().clone().set_requires_grad(true);
  const auto gradients = torch_compat::gradients(function(inputs), inputs);
  const at::NoGradGuard no_grad;
  constexpr double kStep = 1e-5;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    auto* values = inputs[k].data_ptr<double>();
    for (std::int64_t i = 0; i < inputs[k].numel(); ++i) {
      const double kept = values[i];
      values[i] = kept + kStep;
      const double above = function(inputs).item<double>();
      values[i] = kept - kStep;
      const double below = function(inputs).item<double>();
      values[i] = kept;
      const double ours = gradients[k].defined() ? gradients[k].contiguous().data_ptr<double>()[i] : 0.0;
      EXPECT_NEAR(ours, (above - below) / (2 * kStep), tolerance) << "input " << k << " entry " << i;
    }
  }
}

}  // namespace gracevae::impl
