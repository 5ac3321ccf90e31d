#pragma once
/// @file The elementary layers of the parts.
#include <string>

#include "causal/torch_compat.hpp"
#include "model/parameters.hpp"

namespace gracevae::impl {

/// y = x·W^T + b, W [n_out, n_in] ("<name>.weight"), b [n_out] ("<name>.bias"); with a mask M of W's shape, x·(W ⊙ M)^T
/// + b.
class Linear {
 public:
  /// Initial weights: N(0, 0.02²) with bias 0 (the VAE's layers), or uniform in ±1/√n_in, bias too (PyTorch's default).
  enum class Start { normal, uniform };
  Linear(Parameters& parameters, const std::string& name, std::int64_t n_in, std::int64_t n_out, Start start,
         Tensor mask = {});
  Tensor operator()(const Tensor& x) const { return at::linear(x, mask_.defined() ? weight_ * mask_ : weight_, bias_); }
  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }
  const Tensor& mask() const { return mask_; }  ///< undefined without
  std::int64_t n_out() const { return weight_.size(0); }

 private:
  Tensor weight_, bias_, mask_;
};

/// LeakyReLU with the model's slope, 0.2.
Tensor activation(const Tensor& x);

}  // namespace gracevae::impl
