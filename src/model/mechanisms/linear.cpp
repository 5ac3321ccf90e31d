#include "causal/scm.hpp"
#include "model/parts.hpp"

namespace gracevae::impl {

namespace {
/// u = (z + shift)·(I − triu(G, 1))^{-1}. A linear layer that follows can absorb any G, so with shifts alone G is not
/// identified; with factors on the incoming weights it is.
/// @paper GraCE-VAE (causal decoder)
/// @test tests/golden/golden_test.cpp
class LinearMechanism : public Mechanism {
 public:
  Tensor solve(const Tensor& noise, const Tensor& incoming, const Tensor& g) const override {
    return incoming.defined() ? solve_scm(noise, incoming, g, kernels::Mechanism::linear)
                              : solve_linear_scm(noise, Tensor(), g);
  }
};

const RegisteredMechanism kLinear("linear", make_part<Mechanism, LinearMechanism>);
}  // namespace

}  // namespace gracevae::impl
