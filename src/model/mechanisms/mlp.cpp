#include <cmath>

#include "model/layers.hpp"
#include "model/parts.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kWidth = 8;  // of each latent's network

/// u_j = f_j(G_{·j} ⊙ u_{<j}) + z_j + shift_j, f_j(v) = a_j·LeakyReLU(W_j v + c_j) of width 8, without an output bias,
/// which the shift would absorb. Solved latent after latent: d small products per pass.
/// @paper GraCE-VAE (causal decoder, non-linear mechanism)
/// @test tests/contract/registry_test.cpp
class MlpMechanism : public Mechanism {
 public:
  explicit MlpMechanism(const PartContext& context) {
    const std::int64_t d = context.shape.n_latents;
    const double bound = 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(d, 1)));
    first_ = context.parameters.add_uniform("mechanism.first.weight", {d, d, kWidth}, bound);
    offset_ = context.parameters.add_uniform("mechanism.first.bias", {d, kWidth}, bound);
    last_ = context.parameters.add_uniform("mechanism.last.weight", {d, kWidth}, 1 / std::sqrt(double{kWidth}));
  }

  Tensor solve(const Tensor& noise, const Tensor& incoming, const Tensor& g) const override {
    std::vector<Tensor> u;  // columns [B, 1]
    for (std::int64_t j = 0; j < g.size(0); ++j) {
      Tensor value = noise.narrow(1, j, 1);
      if (j > 0) {
        const Tensor parents = at::cat(u, 1) * g.select(1, j).narrow(0, 0, j);
        const Tensor hidden = activation(at::mm(parents, first_.select(0, j).narrow(0, 0, j)) + offset_.select(0, j));
        const Tensor sum = at::mm(hidden, last_.select(0, j).unsqueeze(1));
        value = value + (incoming.defined() ? incoming.narrow(1, j, 1) * sum : sum);
      }
      u.push_back(value);
    }
    return at::cat(u, 1);
  }

 private:
  Tensor first_, offset_, last_;
};

const RegisteredMechanism kMlpMechanism("mlp", make_part<Mechanism, MlpMechanism>);
}  // namespace

}  // namespace gracevae::impl
