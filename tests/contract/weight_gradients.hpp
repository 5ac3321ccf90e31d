#pragma once
// Gradients of a model's weights against finite differences.
#include <gtest/gtest.h>

#include <functional>

#include "model/model.hpp"

namespace gracevae::impl {

/// How the differences are taken: every n-th entry of each weight so that `n_entries` or a few more are looked at.
struct Differences {
  double step, tolerance;
  std::int64_t n_entries;
};

/// Expects every weight of `model` (float64) to have the gradient of `loss` that central differences give.
inline void check_weight_gradients(const Model& model, const std::function<Tensor()>& loss, const Differences& by) {
  const auto weights = model.parameters().tensors();
  const auto gradients = torch_compat::gradients(loss(), weights);
  const at::NoGradGuard no_grad;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    ASSERT_TRUE(gradients[k].defined()) << model.parameters().all()[k].name;
    auto* values = weights[k].data_ptr<double>();
    for (std::int64_t i = 0; i < weights[k].numel(); i += 1 + weights[k].numel() / by.n_entries) {
      const double kept = values[i];
      values[i] = kept + by.step;
      const double above = loss().item<double>();
      values[i] = kept - by.step;
      const double below = loss().item<double>();
      values[i] = kept;
      EXPECT_NEAR(gradients[k].contiguous().data_ptr<double>()[i], (above - below) / (2 * by.step), by.tolerance)
          << model.parameters().all()[k].name << " entry " << i;
    }
  }
}

}  // namespace gracevae::impl
