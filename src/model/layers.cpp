#include "model/layers.hpp"

#include <cmath>

#include "kernels/activation.hpp"

namespace gracevae::impl {

Linear::Linear(Parameters& parameters, const std::string& name, std::int64_t n_in, std::int64_t n_out, Start start,
               Tensor mask)
    : mask_(std::move(mask)) {
  if (start == Start::normal) {
    weight_ = parameters.add_normal(name + ".weight", {n_out, n_in}, 0.02);
    bias_ = parameters.add_constant(name + ".bias", {n_out}, 0);
  } else {
    const double bound = 1 / std::sqrt(static_cast<double>(n_in));
    weight_ = parameters.add_uniform(name + ".weight", {n_out, n_in}, bound);
    bias_ = parameters.add_uniform(name + ".bias", {n_out}, bound);
  }
}

Tensor activation(const Tensor& x) { return at::leaky_relu(x, kernels::kLeakySlope); }

}  // namespace gracevae::impl
